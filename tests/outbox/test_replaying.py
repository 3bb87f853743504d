"""A dead message gets another chance: as the record is now, or as it was if it may have arrived."""

from typing import Any

import pytest

from outbox.claiming import claim
from outbox.connectors.base import Operation
from outbox.connectors.errors import Failed, Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.models import RESEND, Lane, Message, Priority, State
from outbox.replaying import CannotReplay, replay
from outbox.shares import Shares
from tests.outbox.situations import (
    RECORDS,
    WELL,
    drain,
    edit,
    lane,
    pass_time,
    raising,
    set_options,
    states,
)

pytestmark = pytest.mark.django_db(transaction=True)


def dead() -> Message:
    return Message.objects.get(state=State.DEAD)


def refuse(erp: MemoryRemote, *operations: str) -> None:
    """Requests of these operations only; of all, where none is named."""

    def hook(request: Any) -> None:
        if not operations or request.operation in operations:
            raise Rejected("No.", status=422)

    erp.before = hook


def test_a_refused_create_is_replayed_as_the_record_is_now(erp: MemoryRemote) -> None:
    refuse(erp)
    edit(city="Berlin")
    edit(city="Bonn")
    edit(name="Alfreds")
    drain()
    assert states() == [State.DEAD, State.PENDING, State.PENDING]
    erp.before = WELL.before
    assert replay(dead(), by="dave")
    drain()
    [request] = erp.applied
    assert request.operation == Operation.CREATE
    assert request.payload == {"customer_no": "ALFKI", "city": "Bonn", "name": "Alfreds"}
    assert states() == [State.SUPERSEDED] * 3 + [State.DELIVERED]
    assert lane().blocked_by is None
    resent = Message.objects.get(source=RESEND)
    assert resent.actor == "dave"
    assert request.idempotency_key == resent.idempotency_key


def test_a_refused_update_is_replayed_as_an_update(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    refuse(erp)
    edit(city="Bonn")
    drain()
    erp.before = WELL.before
    RECORDS["ALFKI"]["city"] = "Köln"  # as a mapping that was put right would render it
    replay(dead(), by="dave")
    drain()
    assert [request.operation for request in erp.applied] == ["create", "update"]
    assert erp.entities["customers", "ALFKI"]["city"] == "Köln"


def test_edits_after_a_replay_come_after_it(erp: MemoryRemote) -> None:
    refuse(erp)
    edit(city="Berlin")
    drain()
    erp.before = WELL.before
    replay(dead(), by="dave")
    edit(city="Bonn")
    drain()
    assert [request.sequence for request in erp.applied] == [2, 3]
    assert erp.entities["customers", "ALFKI"]["city"] == "Bonn"


def test_a_replay_that_is_refused_can_be_replayed(erp: MemoryRemote) -> None:
    refuse(erp)
    edit(city="Berlin")
    drain()
    replay(dead(), by="dave")
    drain()
    assert states() == [State.PENDING, State.DEAD], "what it carries waits with it"
    erp.before = WELL.before
    replay(dead(), by="dave")
    drain()
    assert states() == [State.SUPERSEDED, State.SUPERSEDED, State.DELIVERED]
    assert len(erp.applied) == 1


def test_a_message_of_unknown_outcome_keeps_its_key_and_its_bytes(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit(city="Berlin")
    edit(city="Bonn")
    drain()
    pass_time(8 * 86400)
    drain()
    expired = dead()
    erp.before = WELL.before
    replay(expired, by="dave")
    drain()
    assert erp.applied[0].idempotency_key == f"{expired.id}-1"
    assert erp.applied[0].payload == {"customer_no": "ALFKI", "city": "Berlin"}
    assert [request.sequence for request in erp.applied] == [1, 2]


def test_a_delete_that_waits_behind_it_carries_a_refused_update(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    refuse(erp, "update")
    edit(city="Bonn")
    edit(operation="delete")
    edit(operation="create", city="Kiel")
    drain()
    assert states() == [State.DELIVERED, State.DEAD, State.PENDING, State.PENDING]
    replay(dead(), by="dave")
    drain()
    assert [request.operation for request in erp.applied] == ["create", "delete", "create"]
    assert states()[1] == State.SUPERSEDED
    assert erp.entities["customers", "ALFKI"]["city"] == "Kiel"


def test_a_refused_delete_is_sent_again_with_a_new_key(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    refuse(erp, "delete")
    edit(operation="delete")
    drain()
    refused = dead()
    erp.before = WELL.before
    replay(refused, by="dave")
    drain()
    assert erp.applied[-1].idempotency_key == f"{refused.id}-2"
    assert not erp.entities


def test_what_may_have_been_sent_is_not_carried(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    refuse(erp, "update")
    edit(city="Bonn")
    edit(name="Alfreds")
    drain()
    Message.objects.filter(sequence=3).update(maybe_applied=True)
    erp.before = WELL.before
    replay(dead(), by="dave")
    drain()
    assert [request.sequence for request in erp.applied] == [1, 3, 4]
    assert states() == [State.DELIVERED, State.SUPERSEDED, State.DELIVERED, State.DELIVERED]


def test_a_record_that_is_gone_cannot_be_replayed(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    refuse(erp)
    edit(city="Bonn")
    drain()
    RECORDS.clear()
    with pytest.raises(CannotReplay, match="there is no such record"):
        replay(dead(), by="dave")
    assert states() == [State.DELIVERED, State.DEAD]


def test_a_skipped_message_is_replayed_behind_what_was_delivered(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, dead_head="skip")
    edit(city="Berlin")
    drain()
    refuse(erp)
    edit(city="Bonn", name="Alfreds")
    drain()
    erp.before = WELL.before
    edit(city="Kiel")
    drain()
    assert states() == [State.DELIVERED, State.DEAD, State.DELIVERED]
    replay(dead(), by="dave")
    drain()
    assert erp.entities["customers", "ALFKI"] | {"id": ""} == {
        "id": "",
        "customer_no": "ALFKI",
        "city": "Kiel",
        "name": "Alfreds",
    }
    assert [request.sequence for request in erp.applied] == [1, 3, 4]
    assert lane().diverged == []


def test_a_replay_leaves_alone_what_a_drain_is_sending(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, dead_head="skip")
    edit(city="Berlin")
    drain()
    refuse(erp)
    edit(city="Bonn")
    drain()
    edit(name="Alfreds")
    [claimed] = claim("erp", 1, Shares(concurrency=1))
    leased_until = lane().due_at
    replay(dead(), by="dave")
    assert Message.objects.get(sequence=3).carrier is None
    assert Message.objects.get(sequence=2).carrier == Message.objects.get(source=RESEND)
    assert (lane().lease_token, lane().due_at) == (claimed.lease.token, leased_until)


def test_only_a_dead_message_is_replayed(erp: MemoryRemote) -> None:
    message = edit()
    assert not replay(message, by="dave")
    drain()
    assert not replay(message, by="dave")
    assert Message.objects.get().state == State.DELIVERED
    assert Lane.objects.get().last_sequence == 1


def test_a_record_that_the_remote_has_lost_is_made_anew(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    erp.entities.clear()
    edit(name="Alfreds")
    drain()
    assert states() == [State.DELIVERED, State.DEAD]
    replay(dead(), by="dave")
    drain()
    assert erp.applied[-1].operation == Operation.CREATE
    assert erp.applied[-1].payload == {
        "customer_no": "ALFKI",
        "city": "Berlin",
        "name": "Alfreds",
    }


def test_behind_a_delete_that_was_tried_a_skipped_message_is_replayed_as_a_create(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, dead_head="skip")
    edit(city="Berlin")
    drain()
    refuse(erp)
    edit(city="Bonn")
    drain()
    erp.before = raising(Failed("Broken"))
    edit(operation="delete")
    drain()
    edit(operation="create", city="Kiel")
    replay(dead(), by="dave")
    erp.before = WELL.before
    pass_time(60)
    drain()
    assert [request.operation for request in erp.applied] == ["create", "delete", "create"]
    assert erp.entities["customers", "ALFKI"]["city"] == "Kiel"


def test_a_replay_that_carries_a_form_edit_is_one_that_somebody_waits_for(
    erp: MemoryRemote,
) -> None:
    refuse(erp)
    edit(city="Berlin", priority=Priority.BULK)
    drain()
    edit(city="Bonn")
    replay(dead(), by="dave")
    assert lane().priority == Priority.INTERACTIVE


def test_a_create_of_what_is_there_already_is_replayed_as_an_update(
    erp: MemoryRemote, settings: Any
) -> None:
    for number, batch in enumerate((1, 8)):
        set_options(settings, batch=batch)
        keys = [f"{number}-A", f"{number}-B"]
        for key in keys:
            erp.entities["customers", key] = {"id": "M-0", "customer_no": key, "city": "Paris"}
            edit(key, city="Berlin")
        drain()
        for key in keys:
            [dead] = Message.objects.dead().filter(lane__key=key)
            replay(dead, by="dave")
        drain()
        assert [erp.entities["customers", key]["city"] for key in keys] == ["Berlin"] * 2


def test_what_blocks_and_may_have_arrived_goes_before_what_was_skipped(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, dead_head="skip")
    edit(city="Berlin")
    drain()
    refuse(erp, "update")
    edit(city="Bonn")
    drain()
    erp.before = WELL.before
    edit(operation="delete")
    drain()
    created = edit(operation="create", city="Kiel")
    Message.objects.filter(pk=created.pk).update(
        state=State.DEAD, died_of="crashed", maybe_applied=True
    )
    Lane.objects.update(blocked_by=created, due_at=None)
    skipped = Message.objects.get(sequence=2)
    replay(skipped, by="dave")
    drain()
    assert erp.applied[-1].idempotency_key == f"{created.pk}-1"
    assert lane().blocked_by is None


def test_what_was_merged_and_refused_does_not_leave_with_its_old_values(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, merge=True)
    edit(city="Berlin")
    drain()
    erp.before = raising(Rejected("No.", status=422))
    edit(city="Bon")
    edit(name="Alfreds")
    edit(city="Boon")
    drain()
    assert states() == [State.DELIVERED, State.DEAD, State.PENDING, State.PENDING]
    erp.before = WELL.before
    edit(city="Bonn")
    replay(dead(), by="dave")
    drain()
    assert [request.payload for request in erp.applied[1:]] == [
        {"customer_no": "ALFKI", "city": "Bonn", "name": "Alfreds"}
    ]
    assert states() == [State.DELIVERED, *[State.SUPERSEDED] * 4, State.DELIVERED]
