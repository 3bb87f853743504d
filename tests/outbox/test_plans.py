"""However much there is, no statement of everyday work reads more of it than it needs."""

import pytest
from django.db import connection

from outbox.connectors.errors import Failed, Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.retention import purge
from outbox.signals import announce_again
from outbox.sweeping import overdue_since, sweep
from outbox.sync_status import sync_statuses
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from records.timeline import timeline
from tests.outbox.crowds import analyze, delivered_messages, lanes_in_backoff
from tests.outbox.plans import Planned, plans
from tests.outbox.situations import drain, edit, pass_time, raising
from uploads.models import Upload
from uploads.progress import delivery_of

TABLES = ["outbox_lane", "outbox_message", "outbox_attempt"]
#: Rows that the largest statement reads: a batch of what is deleted.
MOST = 1100


def too_much(planned: list[Planned]) -> list[str]:
    return [
        f"{one.rows[table]} rows of {table}: {one.sql[:1000]}\n{one.plan}"
        for one in planned
        for table in TABLES
        if one.rows.get(table, 0) > MOST
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_reads_more_than_it_needs(
    erp: MemoryRemote, customers: RecordType, alice: EditContext
) -> None:
    # What SQLite does is the same however much there is.
    size = 100_000 if connection.vendor == "postgresql" else 20_000
    lanes_in_backoff(size)
    delivered_messages(3 * size, days=60)
    analyze()
    with plans() as planned:
        create_record(customers, {"number": "A", "name": "Alfreds"}, context=alice)
        update_record(customers, "A", {"city": "Bonn"}, context=alice)
        for key in ("REFUSED", "FAILING"):
            edit(key)
            edit(key, city="Kiel")
        erp.before = raising(Rejected("No."), key="REFUSED")
        drain(1)
        erp.before = raising(Failed("Later."), key="FAILING")
        drain(1)
        sweep()
        overdue_since()
        announce_again()
        sync_statuses("customer", ["A", "REFUSED", "FAILING", "B7", "N7"])
        timeline(customers, "A")
        delivery_of(Upload(pk=1, record_type="customer"))
        assert purge(keep=30 * 86400, seconds=1) > 100
        purge(keep=90 * 86400)  # where there is nothing to do
    pass_time(3600)  # all that waited is due
    with plans() as under_load:
        sweep()
        overdue_since()
        assert drain(1).delivered > 20
    assert len(planned) > 100
    assert len(under_load) > 50
    assert too_much([*planned, *under_load]) == []
