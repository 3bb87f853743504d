"""Workers that are halted beyond their lease, or told to stop in mid-delivery."""

import signal
from contextlib import contextmanager

import pytest

from outbox.models import Attempt, Lane, Message, Outcome, State
from outbox.signals import announce_again
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.outbox.situations import drain, pass_time
from tests.processes.dying import SHORT_LEASE, DeathNote, ended, start_command
from tests.processes.ledger import assert_all_arrived
from tests.processes.stack import RemoteProcess, is_running, running_worker, wait_until


@pytest.mark.parametrize("point", ["before_send", "before_settle"])
def test_what_a_halted_drain_does_after_its_lease_has_no_second_effect(
    point: str,
    mortal: dict[str, str],
    death_note: DeathNote,
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
) -> None:
    create_record(customers, {"number": "ALFKI", "name": "Alfreds"}, context=alice)
    update_record(customers, "ALFKI", {"city": "Berlin"}, context=alice)
    death_note.write(point, how=signal.SIGSTOP)
    halted = start_command(mortal | SHORT_LEASE, "drain_outbox")
    assert death_note.halted().pid == halted.pid
    wait_until(lambda: Lane.objects.due("erp").exists(), seconds=5, what="its lease ends")
    drain()  # another
    assert not Message.objects.exclude(state=State.DELIVERED).exists()
    before = list(Attempt.objects.values_list("message", "number", "outcome"))

    halted.send_signal(signal.SIGCONT)
    code, logged = ended(halted)

    assert code == 0
    assert "its outcome is dropped" in logged
    assert list(Attempt.objects.values_list("message", "number", "outcome")) == before
    announce_again()
    assert_all_arrived(remote)


@pytest.mark.parametrize(
    "whom", ["the supervisor", pytest.param("every process", marks=pytest.mark.slow)]
)
def test_told_to_stop_in_mid_delivery_it_ends_in_time_and_loses_nothing(
    whom: str,
    stack: dict[str, str],
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
) -> None:
    for n in range(80):
        create_record(customers, {"number": f"C{n}", "name": "Alfreds"}, context=alice)
    remote.set_faults(slow_seconds=0.5)
    with contextmanager(running_worker)(stack | {"ERP_CONCURRENCY": "4"}) as worker:
        wait_until(remote.ledger, seconds=20, what="delivering")
        processes = worker.all_processes()
        if whom == "every process":  # as a service manager may tell them
            for process in processes:
                process.terminate()
        worker.process.terminate()
        assert worker.process.wait(20) == 0
    wait_until(lambda: not any(map(is_running, processes)), seconds=5, what="all have ended")
    assert Message.objects.pending().exists()
    if whom == "the supervisor":
        assert not Lane.objects.filter(lease_token__isnull=False).exists()
        assert not Attempt.objects.filter(outcome=Outcome.UNKNOWN).exists()

    remote.set_faults()
    pass_time(100)
    drain(30)
    announce_again()
    assert_all_arrived(remote)
