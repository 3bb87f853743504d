"""One record is in trouble; the others, on the same connections, are not."""

from outbox.models import State
from tests.faults.journey import SetUrl, arrive, case, change, create, drain_in_time, replay_dead
from tests.faults.proxy import Fault, FaultProxy, passes_on
from tests.faults.ways_to_fail import (
    GZIP,
    answers,
    bomb,
    claims_a_length,
    is_silent,
    record,
)
from tests.outbox.situations import states
from tests.processes.ledger import DemoRemoteClient, judge

FAULTS: dict[str, Fault] = {
    "silent": is_silent,
    "a bomb": answers(200, bomb(200), GZIP),
    "a reply with more behind it": claims_a_length(more=-100),
    "500": answers(500),
    "422": answers(422),
}


def test_a_record_in_trouble_holds_up_no_other(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl
) -> None:
    set_url(proxy.url, deadline=1)
    for number, (name, fault) in enumerate(FAULTS.items()):
        troubled, others = f"TROUBLED-{number}", [f"C{number}-{n}" for n in range(8)]
        proxy.fault = record(troubled, fault)
        for key in [troubled, *others]:
            create(key)
            change(key, city="Berlin")
        with case(name):
            drain_in_time()
            assert states(troubled) in ([State.PENDING] * 2, [State.DEAD, State.PENDING])
            for key in others:
                assert states(key) == [State.DELIVERED] * 2
    proxy.fault = passes_on
    replay_dead()
    arrive()
    assert not judge(remote), judge(remote)
