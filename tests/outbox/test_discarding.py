"""Giving up a dead message for good, and what the remote then differs in."""

from typing import Any

import pytest
from django.db import transaction

from outbox.claiming import claim
from outbox.connectors.base import Operation, Request
from outbox.connectors.errors import Failed, OutcomeUnknown, Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.discarding import discard
from outbox.models import Message, State
from outbox.recording import record
from outbox.replaying import replay
from outbox.shares import Shares
from outbox.sync_status import Sync, sync_statuses
from tests.outbox.situations import (
    WELL,
    draft,
    drain,
    edit,
    lane,
    pass_time,
    raising,
    set_options,
    states,
)

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = raising(Rejected("No.", status=422))


def discard_the_dead() -> None:
    [dead] = Message.objects.dead()
    assert discard(dead, by="dave", because="a typing error")


def test_what_waits_behind_a_discarded_update_is_sent(erp: MemoryRemote) -> None:
    edit(city="Berlin", name="Alfreds")
    drain()
    erp.before = REFUSED
    edit(city="Bonn")
    edit(name="Alfred")
    drain()
    erp.before = WELL.before
    discard_the_dead()
    drain()
    assert states() == [State.DELIVERED, State.DISCARDED, State.DELIVERED]
    discarded = Message.objects.get(state=State.DISCARDED)
    assert (discarded.discarded_by, discarded.discarded_because) == ("dave", "a typing error")


def test_the_remote_differs_in_what_was_discarded_until_it_is_changed_again(
    erp: MemoryRemote,
) -> None:
    edit(city="Berlin", name="Alfreds")
    drain()
    erp.before = REFUSED
    edit(city="Bonn", name="Alfred")
    drain()
    erp.before = WELL.before
    discard_the_dead()
    drain()
    assert lane().diverged == ["city", "name"]
    [status] = sync_statuses("customer", ["ALFKI"])["ALFKI"]
    assert status.sync == Sync.DIVERGED
    assert status.reason().endswith("these differ: city, name")
    edit(city="Kiel")
    drain()
    assert lane().diverged == ["name"]
    edit(name="Alfredo")
    drain()
    assert lane().diverged == []


def test_what_a_message_carries_makes_the_remote_equal_too(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, merge=True)
    edit(city="Berlin", name="Alfreds")
    drain()
    erp.before = REFUSED
    edit(city="Bonn")
    drain()
    erp.before = WELL.before
    discard_the_dead()
    edit(city="Kiel")
    edit(name="Alfred")
    drain()
    assert states()[2:] == [State.SUPERSEDED, State.DELIVERED]
    assert lane().diverged == []


def test_the_edit_after_a_discarded_create_sends_the_whole_record(erp: MemoryRemote) -> None:
    erp.before = REFUSED
    edit(city="Berlin")
    edit(city="Bonn")
    drain()
    erp.before = WELL.before
    discard_the_dead()
    drain()
    assert states() == [State.DISCARDED, State.DISCARDED]
    assert erp.applied == []
    [status] = sync_statuses("customer", ["ALFKI"])["ALFKI"]
    assert status.reason() == "The record did not arrive. The next change sends all of it."
    edit(city="Kiel")
    drain()
    assert [request.operation for request in erp.applied] == [Operation.CREATE]
    assert lane().diverged == []


def test_a_record_that_is_nowhere_any_more_differs_nowhere(erp: MemoryRemote) -> None:
    erp.before = REFUSED
    edit(city="Berlin")
    drain()
    discard_the_dead()
    drain()
    assert lane().diverged == ["city"]
    with transaction.atomic():
        assert record([draft(operation="delete")]) == []
    assert lane().diverged == []


def test_the_edit_after_a_discarded_replay_of_a_create_sends_the_whole_record(
    erp: MemoryRemote,
) -> None:
    erp.before = REFUSED
    edit(city="Berlin")
    edit(city="Bonn")
    drain()
    replay(Message.objects.dead().get(), by="dave")
    drain()
    erp.before = WELL.before
    discard_the_dead()
    drain()
    assert states() == [State.DISCARDED] * 3
    edit(city="Kiel")
    drain()
    assert [request.operation for request in erp.applied] == [Operation.CREATE]


def test_where_a_delete_was_discarded_the_remote_has_the_record(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    erp.before = REFUSED
    edit(operation="delete", city="Berlin")
    drain()
    discard_the_dead()
    drain()
    [status] = sync_statuses("customer", ["ALFKI"])["ALFKI"]
    assert status.sync == Sync.DIVERGED
    assert status.reason() == "The delete did not arrive: the record is still there."


def test_a_create_that_was_refused_goes_with_the_delete_that_comes(erp: MemoryRemote) -> None:
    erp.before = REFUSED
    edit(city="Berlin")
    drain()
    edit(city="Bonn")
    edit(operation="delete")
    assert states() == [State.DISCARDED] * 3
    erp.before = WELL.before
    edit(operation="create", city="Kiel")
    drain()
    assert states()[-1] == State.DELIVERED
    assert lane().blocked_by is None


def test_a_create_that_is_refused_goes_with_the_delete_that_waits(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    edit(operation="delete")
    edit(operation="create", city="Kiel")

    def refuse_berlin(request: Request) -> None:
        if request.payload.get("city") == "Berlin":
            raise Rejected("No.", status=422)

    erp.before = refuse_berlin
    drain()
    assert states() == [State.DISCARDED, State.DISCARDED, State.DELIVERED]
    assert [request.operation for request in erp.applied] == [Operation.CREATE]


def test_a_delete_behind_a_create_that_may_have_arrived_is_sent(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    edit(operation="delete")
    erp.after = WELL.after
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED, State.DELIVERED]
    assert not erp.entities


def test_a_create_that_was_given_up_may_have_arrived_and_is_not_discarded_by_itself(
    erp: MemoryRemote,
) -> None:
    erp.after = raising(Failed("Broken", status=500))
    edit(city="Berlin")
    drain()
    pass_time(8 * 86400)
    drain()
    edit(operation="delete")
    assert states() == [State.DEAD, State.PENDING]


def test_a_delete_that_may_have_been_sent_is_not_discarded_by_itself(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    edit(operation="delete")
    claim("erp", 1, Shares(concurrency=1))  # and whoever did is never heard of again
    pass_time(61)
    erp.before = REFUSED
    drain()
    pass_time(30)  # what the dead worker sent cannot be at work any more
    drain()
    assert states() == [State.DEAD, State.PENDING]


def test_a_delete_behind_a_refused_update_is_kept(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    erp.before = REFUSED
    edit(city="Bonn")
    drain()
    edit(operation="delete")
    assert states() == [State.DELIVERED, State.DEAD, State.PENDING]


def test_behind_a_skipped_update_the_next_is_sent_and_the_fields_differ(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, dead_head="skip")
    edit(city="Berlin", name="Alfreds")
    drain()
    erp.before = raising(Rejected("No.", status=422))
    edit(city="Bonn")
    drain()
    erp.before = WELL.before
    edit(name="Alfred")
    drain()
    assert states() == [State.DELIVERED, State.DEAD, State.DELIVERED]
    assert lane().diverged == ["city"]


def test_discarding_a_skipped_update_says_nothing_new(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, dead_head="skip")
    edit(city="Berlin")
    drain()
    erp.before = raising(Rejected("No.", status=422))
    edit(city="Bonn")
    drain()
    erp.before = WELL.before
    edit(city="Kiel")
    drain()
    discard_the_dead()
    drain()
    assert lane().diverged == []
    assert states() == [State.DELIVERED, State.DISCARDED, State.DELIVERED]


def test_a_refused_create_blocks_even_where_updates_are_skipped(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, dead_head="skip")
    erp.before = REFUSED
    edit(city="Berlin")
    drain()
    erp.before = WELL.before
    edit(city="Bonn")
    drain()
    assert states() == [State.DEAD, State.PENDING]


def test_only_a_dead_message_is_discarded(erp: MemoryRemote) -> None:
    message = edit()
    assert not discard(message, by="dave", because="")
    drain()
    assert states() == [State.DELIVERED]
