import pytest

from outbox.connectors.errors import Failed, Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.models import Message, State
from outbox.replaying import replay
from tests.outbox.situations import drain, edit, lane, pass_time, raising

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_refused_message_is_sent_again_with_a_new_key_and_what_waits_follows(
    erp: MemoryRemote,
) -> None:
    erp.before = raising(Rejected("No."))
    edit(city="Berlin")
    edit(city="Bonn")
    drain()
    erp.before = MemoryRemote().before
    dead = Message.objects.get(state=State.DEAD)
    assert replay(dead)
    drain()
    assert [request.sequence for request in erp.applied] == [1, 2]
    assert erp.applied[0].idempotency_key == f"{dead.id}-2"
    assert lane().blocked_by is None


def test_a_message_of_unknown_outcome_keeps_its_key(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit()
    drain()
    pass_time(8 * 86400)
    drain()
    dead = Message.objects.get(state=State.DEAD)
    erp.before = MemoryRemote().before
    replay(dead)
    drain()
    assert erp.applied[0].idempotency_key == f"{dead.id}-1"


def test_only_a_dead_message_is_replayed(erp: MemoryRemote) -> None:
    message = edit()
    assert not replay(message)
    drain()
    assert not replay(message)
    assert Message.objects.get().state == State.DELIVERED
