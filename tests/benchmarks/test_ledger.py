"""The judge finds each thing that can go wrong, and nothing where nothing did."""

from dataclasses import replace

import pytest

from benchmarks.ledger import Arrival, Verdict, judge
from benchmarks.workload import Message, edits

FINE = Verdict(lost=0, phantom=0, doubled=0, reordered=0, different=0)


@pytest.fixture
def sent() -> list[Message]:
    """Two edits of each of two records."""
    return edits(4, records=2, prefix="A")


def arrivals(messages: list[Message]) -> list[Arrival]:
    return [
        Arrival(
            idempotency_key=message.idempotency_key,
            collection="customers",
            key=message.key,
            sequence=message.sequence,
            at=float(number),
            body=dict(message.payload),
        )
        for number, message in enumerate(messages)
    ]


def test_nothing_is_wrong_where_everything_arrived_in_order(sent: list[Message]) -> None:
    assert judge(sent, arrivals(sent), merging=False) == FINE


def test_records_may_overtake_each_other(sent: list[Message]) -> None:
    other_way_round = [sent[1], sent[3], sent[0], sent[2]]

    assert judge(sent, arrivals(other_way_round), merging=False) == FINE


def test_what_did_not_arrive_is_lost(sent: list[Message]) -> None:
    found = judge(sent, arrivals(sent)[:-1], merging=False)

    assert (found.lost, found.different) == (1, 1)
    assert found.wrong == 2


def test_an_older_edit_is_carried_by_a_newer_one_where_they_merge(sent: list[Message]) -> None:
    newest = arrivals(sent)[2:]

    assert judge(sent, newest, merging=True) == FINE
    assert judge(sent, newest, merging=False) == replace(FINE, lost=2)


def test_a_newer_edit_is_not_carried_by_an_older_one(sent: list[Message]) -> None:
    assert judge(sent, arrivals(sent)[:2], merging=True).lost == 2


def test_what_nobody_sent_is_a_phantom(sent: list[Message]) -> None:
    stray = replace(arrivals(sent)[0], idempotency_key="nobody's", key="B")

    assert judge(sent, [*arrivals(sent), stray], merging=False) == replace(FINE, phantom=1)


def test_an_edit_that_is_applied_under_two_keys_is_doubled(sent: list[Message]) -> None:
    again = replace(arrivals(sent)[3], idempotency_key="another")

    assert judge(sent, [*arrivals(sent), again], merging=False).doubled == 1


def test_an_older_edit_after_a_newer_one_is_reordered(sent: list[Message]) -> None:
    found = judge(sent, arrivals([sent[2], sent[0], sent[1], sent[3]]), merging=False)

    assert (found.reordered, found.different) == (1, 1)
