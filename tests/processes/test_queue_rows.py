"""Rows of django-q2 that are lost, doubled or unreadable: each message has one effect."""

from contextlib import contextmanager
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from records.actions import create_record
from records.context import EditContext
from records.registry import RecordType
from tests.processes.ledger import all_is_quiet, assert_all_arrived
from tests.processes.stack import RemoteProcess, running_worker, wait_until


def task(function: str, *arguments: object) -> str:
    """As `async_task` writes it."""
    values = {"id": uuid4().hex, "name": "test", "func": function, "args": arguments}
    return str(SignedPackage.dumps(values | {"kwargs": {}, "started": timezone.now()}))


def put(*payloads: str) -> None:
    for payload in payloads:
        OrmQ.objects.create(key=settings.QUEUE_NAME, payload=payload, lock=timezone.now())


def test_rows_that_are_lost_doubled_or_unreadable_do_no_harm(
    stack: dict[str, str], remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    create_record(customers, {"number": "LOST", "name": "Alfreds"}, context=alice)
    OrmQ.objects.all().delete()
    with contextmanager(running_worker)(stack | {"REDIS_URL": "", "OUTBOX_WEDGED_AFTER": "20"}):
        wait_until(all_is_quiet, seconds=30, what="what lost its wake-up arrives")

        put("unreadable", "", SignedPackage.dumps("no task"), task("outbox.tasks.gone", "erp"))
        put(task("outbox.tasks.drain"), task("outbox.tasks.drain", "a former destination"))
        create_record(customers, {"number": "BESIDE", "name": "Alfreds"}, context=alice)
        wait_until(all_is_quiet, seconds=30, what="what waits beside unreadable rows arrives")

        put(*[task("outbox.tasks.drain", "erp")] * 20)
        for n in range(20):
            create_record(customers, {"number": f"D{n}", "name": "Alfreds"}, context=alice)
        wait_until(all_is_quiet, seconds=30, what="what is asked for again and again arrives")
    assert_all_arrived(remote)
