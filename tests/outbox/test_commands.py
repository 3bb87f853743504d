from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from outbox.connectors.errors import Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.models import DestinationState, Message, State
from tests.outbox.situations import WELL, drain, edit, raising, set_options

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_drain_outbox_delivers_without_django_q(erp: MemoryRemote) -> None:
    edit()
    assert run("drain_outbox") == "erp: 1 delivered, 0 waiting, 0 dead, 0 records blocked\n"
    assert Message.objects.get().state == State.DELIVERED


def test_drain_outbox_exits_with_1_where_messages_still_wait(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No."))
    edit()
    edit(city="Bonn")
    with pytest.raises(SystemExit) as stopped:
        run("drain_outbox")
    assert stopped.value.code == 1


def test_drain_outbox_exits_with_1_where_a_refused_message_was_skipped(
    erp: MemoryRemote, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    set_options(settings, dead_head="skip")
    edit()
    run("drain_outbox")
    erp.before = raising(Rejected("No."))
    edit(city="Bonn")
    with pytest.raises(SystemExit) as stopped:
        call_command("drain_outbox")
    assert stopped.value.code == 1
    assert capsys.readouterr().out == "erp: 0 delivered, 0 waiting, 1 dead, 0 records blocked\n"


def test_an_unknown_destination_is_named(erp: MemoryRemote) -> None:
    with pytest.raises(CommandError, match=r"no destination 'shop'.*erp"):
        run("drain_outbox", "shop")
    with pytest.raises(CommandError, match="no destination 'shop'"):
        run("pause_destination", "shop")


def test_a_paused_destination_is_sent_nothing_until_it_is_resumed(erp: MemoryRemote) -> None:
    edit()
    assert run("pause_destination", "erp", "--because", "stock-taking") == "erp is paused.\n"
    assert DestinationState.objects.get().paused_because == "stock-taking"
    with pytest.raises(SystemExit):
        run("drain_outbox")
    assert erp.received == []
    assert run("pause_destination", "erp", "--resume") == "erp sends again.\n"
    run("drain_outbox")
    assert len(erp.applied) == 1


def test_nothing_is_discarded_without_a_reason(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No."))
    edit()
    drain()
    with pytest.raises(CommandError, match="--because should say why"):
        run("discard_messages", "erp", "ALFKI", "--because", " ")
    assert Message.objects.get().state == State.DEAD


@pytest.fixture
def two_of_one_key(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No."))
    edit("4711")
    edit("4711", record_type="product")
    drain()
    erp.before = WELL.before


def test_a_key_is_that_of_a_record_type(two_of_one_key: None, erp: MemoryRemote) -> None:
    choice = ("erp", "4711", "--type", "customer")
    assert run("discard_messages", *choice, "--because", "twice") == "erp: messages discarded: 1\n"
    left = Message.objects.values_list("lane__record_type", "state")
    assert dict(left) == {"customer": State.DISCARDED, "product": State.DEAD}
    assert run("replay_messages", "erp", "4711") == "erp: records sent again: 1\n"


@pytest.mark.parametrize("command", ["replay_messages", "discard_messages"])
def test_a_key_without_a_dead_message_is_said_before_anything_is_done(
    two_of_one_key: None, command: str
) -> None:
    because = ["--because", "twice"] if command == "discard_messages" else []
    with pytest.raises(CommandError, match="no message of 4712 is dead at erp"):
        run(command, "erp", "4711", "4712", *because)
    assert set(Message.objects.values_list("state", flat=True)) == {State.DEAD}


def test_all_dead_messages_are_sent_again_where_no_key_is_given(two_of_one_key: None) -> None:
    assert run("replay_messages", "erp") == "erp: records sent again: 2\n"
    assert run("replay_messages", "erp") == "erp: records sent again: 0\n"
