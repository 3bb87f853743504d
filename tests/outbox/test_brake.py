"""What waits for a sender when a destination turns out to be in trouble."""

import itertools
from typing import Any

import pytest
from django.db import transaction

from outbox.connectors.base import Request
from outbox.connectors.errors import DeliveryError, Failed, Rejected, Unavailable
from outbox.connectors.memory import MemoryRemote
from outbox.destinations import pause_for_refusals, resume
from outbox.models import Lane
from outbox.recording import record
from tests.outbox.situations import draft, drain, set_options

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("trouble", "sent_at_most"),
    [
        (Failed("Broken"), 4 + 5),
        (Unavailable("Not now", status=429, asks_to_wait=True), 1),
        (Rejected("No such collection.", status=422), 9 + 10),
    ],
)
def test_what_waits_for_a_sender_is_not_sent_to_a_destination_in_trouble(
    erp: MemoryRemote, settings: Any, trouble: DeliveryError, sent_at_most: int
) -> None:
    set_options(settings, concurrency=4)
    with transaction.atomic():
        record([draft(f"C{number}") for number in range(400)])
    tried = itertools.count()

    def fail_later(request: Request) -> None:
        if next(tried) >= 100:  # by then a hundred more are waiting
            raise trouble

    erp.before = fail_later
    drain()
    under_way = 3  # when it was noticed; fewer in a row may have been taken note of before
    assert next(tried) - 100 <= sent_at_most + under_way
    assert Lane.objects.filter(lease_token__isnull=False).count() == 0


def test_senders_go_on_once_the_drain_has_taken_note(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, concurrency=4)
    pause_for_refusals("erp", because="They refuse everything.")
    resume("erp")  # from now on refusals are believed
    with transaction.atomic():
        record([draft(f"C{number}") for number in range(60)])
    tried = itertools.count()

    def refuse_at_first(request: Request) -> None:
        if next(tried) < 12:
            raise Rejected("No.", status=422)

    erp.before = refuse_at_first
    drain()
    assert len(erp.applied) == 48
