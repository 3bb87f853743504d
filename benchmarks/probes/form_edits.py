"""What a form edit costs, and what it would without change log and outbox.

Both in turn, on the same records, in one process: in the database (the edit's transaction), and as
a whole HTTP request (Django's test client: every middleware, the view, the form, the template or
redirect; no sockets).
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest import mock
from uuid import uuid4

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from benchmarks.probes.customers import CONTEXT, create_customers, customer_type, values_of
from customers.models import Customer
from records.actions import Edit, update_record
from records.actions.planning import Plan
from records.actions.writing import _write_records
from records.context import EditContext
from records.door import open_door
from records.models import Change
from records.registry import RecordType

_numbers = count()


def main(said: dict[str, Any]) -> dict[str, list[float]]:
    """Seconds that each edit took, `count` of each kind."""
    keys = [f"F{number:06d}" for number in range(50)]
    create_customers(keys)
    browser = _browser()
    kinds: dict[str, Callable[[str], float]] = {
        "edit": _edit,
        "save": _save,
        "request": lambda key: _request(browser, key),
        "request with save": lambda key: _request_with_save(browser, key),
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(said["count"] + 5):
        for kind, do in kinds.items():
            took = do(keys[number % len(keys)])
            if number >= 5:  # the first ones import, compile and plan
                times[kind].append(took)
    return times


def _edit(key: str) -> float:
    """Change log, outbox and wake-up."""
    values = {"city": f"City {next(_numbers)}"}
    began = time.perf_counter()
    update_record(customer_type(), key, values, context=CONTEXT)
    return time.perf_counter() - began


def _save(key: str) -> float:
    """The same lock, the same columns; nobody hears of it."""
    city = f"City {next(_numbers)}"
    began = time.perf_counter()
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(number=key)
        customer.city, customer.version = city, customer.version + 1
        customer.updated_at = timezone.now()
        with open_door():
            customer.save(update_fields=["city", "version", "updated_at"])
    return time.perf_counter() - began


def _request(browser: Client, key: str) -> float:
    customer = Customer.objects.get(number=key)
    form = values_of(key) | {
        "city": f"City {next(_numbers)}",
        "status": customer.status,
        "seen_version": customer.version,
        "submission": uuid4().hex,
    }
    began = time.perf_counter()
    reply = browser.post(f"/customers/{customer.pk}/edit/", form)
    took = time.perf_counter() - began
    if reply.status_code != 302:
        raise ValueError(f"The form was answered with {reply.status_code}.")
    return took


def _request_with_save(browser: Client, key: str) -> float:
    with _only_saving():
        return _request(browser, key)


@contextmanager
def _only_saving() -> Iterator[None]:
    """The write door saves the record, and neither logs nor records."""
    with mock.patch("records.actions.update.write", _write_record_only):
        yield


def _write_record_only(
    record_type: RecordType, planned: Sequence[tuple[Plan, EditContext]]
) -> list[Edit]:
    now = timezone.now()
    with open_door():
        _write_records(record_type, [plan for plan, _ in planned], now)
    return [
        Edit(record=plan.record, change=Change(), warnings=_warnings(plan)) for plan, _ in planned
    ]


def _warnings(plan: Plan) -> Mapping[str, str]:
    return plan.warnings


def _browser() -> Client:
    alice = User.objects.create_user("alice")
    alice.groups.set([Group.objects.get(name=Role.EDITOR)])
    client = Client()
    client.force_login(alice)
    return client
