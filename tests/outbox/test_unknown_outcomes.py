"""Replies that are lost, odd or unclear: same key, same bytes, until a definite answer."""

import pytest

from outbox import acknowledging, releasing
from outbox.connectors.base import Request
from outbox.connectors.errors import (
    Misconfigured,
    OutcomeUnknown,
    Rejected,
)
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.delivery import Delivered
from outbox.models import Attempt, Message, Outcome, State
from tests.outbox.situations import WELL, drain, edit, pass_time, raising, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_unknown_outcome_keeps_the_key_and_is_repeated(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit()
    drain()
    message = Message.objects.get()
    assert message.maybe_applied
    assert message.state == State.PENDING
    assert Attempt.objects.get().outcome == Outcome.UNKNOWN
    erp.after = WELL.after
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]
    assert len(erp.applied) == 1


def test_a_conflict_after_an_unknown_outcome_is_looked_up(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    erp.after = WELL.after
    erp.replies.clear()  # a remote that has forgotten our key
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]


def test_a_refusal_after_an_unknown_outcome_is_looked_up_too(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    erp.after = WELL.after
    erp.before = raising(Rejected("We are closing our books.", status=422))
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED], "it was applied, whatever is said now"


def test_what_was_redirected_may_have_been_applied(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    erp.after = raising(Misconfigured("See other.", status=303, maybe_applied=True))
    drain()
    assert Message.objects.get().maybe_applied
    assert Message.objects.get().attempts == 0


def test_a_remote_may_write_what_was_applied_in_its_own_way(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(price="18.0000", address={"city": "Berlin"})
    drain()
    erp.after = WELL.after
    erp.replies.clear()
    held = erp.entities["customers", "ALFKI"]
    held |= {"price": "18.00", "address": {"city": "Berlin", "country": "DE"}}
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]


def test_a_conflict_with_other_values_is_a_refusal(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    erp.after = WELL.after
    erp.replies.clear()
    erp.entities["customers", "ALFKI"]["city"] = "Paris"
    pass_time(30)
    drain()
    assert states() == [State.DEAD]


def test_a_conflict_soon_after_an_unknown_outcome_may_be_our_own_request_at_work(
    erp: MemoryRemote,
) -> None:
    erp.before = raising(OutcomeUnknown("No whole reply within 15 s"))
    edit(city="Berlin")
    drain()
    erp.before = raising(Rejected("A request with this key is outstanding.", conflict=True))
    pass_time(2)
    drain()
    assert states() == [State.PENDING]
    erp.before = WELL.before
    pass_time(5)
    drain()
    assert states() == [State.DELIVERED]


def test_a_delete_that_is_refused_is_not_taken_for_done(erp: MemoryRemote) -> None:
    edit(operation="create", city="Berlin")
    edit(operation="delete")
    erp.after = raising(OutcomeUnknown("The reply was lost."), key="nobody")
    erp.before = lambda request: (
        raising(OutcomeUnknown("Lost on the way."))() if request.operation == "delete" else None
    )
    drain()
    erp.before = raising(Rejected("It has open orders.", conflict=True))
    pass_time(30)
    drain()
    assert states() == [State.DELIVERED, State.DEAD]
    assert ("customers", "ALFKI") in erp.entities


def test_a_connector_that_fails_in_looking_up_leaves_the_outcome_unknown(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AttributeError("a defect")

    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    erp.after = WELL.after
    erp.replies.clear()
    monkeypatch.setattr(MemoryConnector, "look_up", broken)
    pass_time(2)
    drain()
    assert states() == [State.PENDING]
    assert "AttributeError" in Message.objects.get().last_error


@pytest.mark.parametrize("odd", ["a\x00b", "a\ud800b", float("nan"), float("inf"), {"\x00": 1}])
def test_what_no_database_takes_is_no_reason_to_lose_an_outcome(
    erp: MemoryRemote, odd: object
) -> None:
    def answer_oddly(request: Request) -> None:
        erp.entities["customers", request.key]["city"] = odd

    erp.after = answer_oddly
    edit("ALFKI")
    edit("BOTTM")
    drain()
    drain()
    assert states("ALFKI") == states("BOTTM") == [State.DELIVERED]
    erp.before = raising(Rejected("because of a\x00b\ud800"))
    edit("ALFKI", city="Bonn")
    drain()
    assert Message.objects.get(state=State.DEAD).last_error == "because of a\ufffdb\ufffd"


def choke(patch: pytest.MonkeyPatch, *, on: str, error: type[Exception] = ValueError) -> None:
    """What the remote says of that record cannot be kept."""
    real = acknowledging.keep

    def keep(kept: acknowledging.Kept, delivered: Delivered) -> None:
        if delivered.message.request.key == on:
            raise error("odd")
        real(kept, delivered)

    for module in (acknowledging, releasing):
        patch.setattr(module, "keep", keep)


@pytest.mark.parametrize("error", [ValueError, RecursionError])
def test_an_outcome_that_cannot_be_written_takes_no_other_along(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    choke(monkeypatch, on="ALFKI", error=error)
    for key in ("ALFKI", "BOTTM", "CONSH"):
        edit(key)
    drain()
    assert states("BOTTM") == states("CONSH") == [State.DELIVERED]
    assert states("ALFKI") == [State.PENDING]
    assert "cannot be kept" in Message.objects.get(lane__key="ALFKI").last_error


def test_a_defect_of_the_connector_leaves_the_outcome_unknown(erp: MemoryRemote) -> None:
    erp.before = raising(ZeroDivisionError("a defect"))
    edit()
    drain()
    assert Message.objects.get().maybe_applied
    assert "ZeroDivisionError" in Message.objects.get().last_error


def test_all_that_was_sent_may_be_applied_where_the_outcome_cannot_be_written(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    choke(monkeypatch, on="ALFKI")
    for n in range(3):
        edit(city=f"city {n}")
    drain()
    assert states() == [State.PENDING] * 3
    assert set(Message.objects.values_list("maybe_applied", flat=True)) == {True}
    monkeypatch.undo()
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED] * 3
    assert [request.sequence for request in erp.applied] == [1, 2, 3]
