"""What the threads of a drain take first, and how many of them bulk work has."""

import threading
from collections.abc import Callable

import pytest

from outbox import senders as senders_module
from outbox.senders import MOST_AHEAD, Ahead, Senders
from outbox.shares import BULK_TURN


class Gate:
    """Work that begins when a sender takes it, and ends when it is told to."""

    def __init__(self, name: str, begun: list[str]) -> None:
        self.name, self._begun = name, begun
        self.has_begun, self._may_end = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self._begun.append(self.name)
        self.has_begun.set()
        assert self._may_end.wait(5)
        return self.name

    def end(self) -> None:
        self._may_end.set()


@pytest.fixture
def begun() -> list[str]:
    return []


@pytest.fixture
def gate(begun: list[str]) -> Callable[[str], Gate]:
    return lambda name: Gate(name, begun)


def test_what_somebody_waits_for_goes_before_bulk_work(
    gate: Callable[[str], Gate], begun: list[str]
) -> None:
    first, bulk, form = gate("first"), gate("bulk"), gate("form")
    with Senders[str](1, bulk_most=1) as senders:
        senders.submit(first, is_bulk=False)
        assert first.has_begun.wait(5)
        later = senders.submit(bulk, is_bulk=True)
        sooner = senders.submit(form, is_bulk=False)
        for one in (first, form, bulk):
            one.end()
        assert (sooner.result(5), later.result(5)) == ("form", "bulk")
    assert begun == ["first", "form", "bulk"]


def test_bulk_work_never_has_all_senders(gate: Callable[[str], Gate]) -> None:
    bulk, more, form = gate("bulk"), gate("more"), gate("form")
    with Senders[str](2, bulk_most=1) as senders:
        senders.submit(bulk, is_bulk=True)
        waiting = senders.submit(more, is_bulk=True)
        assert bulk.has_begun.wait(5)
        sent = senders.submit(form, is_bulk=False)
        assert form.has_begun.wait(5)
        assert not more.has_begun.is_set()
        form.end()
        assert sent.result(5) == "form"
        assert not more.has_begun.wait(0.05)
        for one in (bulk, more):
            one.end()
        assert waiting.result(5) == "more"


def test_bulk_work_has_its_turn_while_forms_are_busy(
    gate: Callable[[str], Gate], begun: list[str]
) -> None:
    first, bulk = gate("first"), gate("bulk")
    forms = [gate("form") for _ in range(2 * BULK_TURN)]
    with Senders[str](1, bulk_most=1) as senders:
        senders.submit(first, is_bulk=False)
        assert first.has_begun.wait(5)
        senders.submit(bulk, is_bulk=True)
        for form in forms:
            senders.submit(form, is_bulk=False)
        for one in (first, bulk, *forms):
            one.end()
    assert begun.index("bulk") < BULK_TURN


def test_what_goes_wrong_is_told_and_ends_no_sender() -> None:
    def fail() -> str:
        raise ZeroDivisionError("a defect")

    with Senders[str](1, bulk_most=1) as senders:
        failed = senders.submit(fail, is_bulk=True)
        well = senders.submit(lambda: "well", is_bulk=True)
        assert isinstance(failed.exception(5), ZeroDivisionError)
        assert well.result(5) == "well"


@pytest.fixture
def pass_here(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Seconds pass on this host's own clock, and no others."""
    now = 0.0

    def pass_some(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(senders_module, "elapsed", lambda: now)
    return pass_some


def test_what_waits_lasts_for_a_tenth_of_a_second(pass_here: Callable[[float], None]) -> None:
    ahead = Ahead(10, most=MOST_AHEAD)
    assert ahead.most == 10, "one for each sender, before anything is known"
    pass_here(0.5)
    ahead.note(1000)
    assert ahead.most == 200


def test_a_slow_remote_has_less_and_less_in_wait(pass_here: Callable[[float], None]) -> None:
    ahead = Ahead(10, most=MOST_AHEAD)
    pass_here(0.1)
    ahead.note(160)
    seen = []
    for _ in range(12):
        pass_here(1)
        ahead.note(10)
        seen.append(ahead.most)
    assert seen[:2] == [120, 90]
    assert seen[-1] == 10


def test_no_drain_takes_everything(pass_here: Callable[[float], None]) -> None:
    ahead = Ahead(10, most=MOST_AHEAD)
    ahead.note(100_000)
    assert ahead.most == MOST_AHEAD
