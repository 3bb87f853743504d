"""1,000 new records in one transaction: with change log and outbox, and by `bulk_create` alone."""

import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from benchmarks.probes.customers import CONTEXT, customer_type, prepared_customers
from customers.models import Customer
from records.actions import save_rows
from records.door import open_door


def main(said: dict[str, Any]) -> dict[str, list[float]]:
    """Seconds that each of `count` transactions of `rows` rows took; preparing them apart."""
    times: dict[str, list[float]] = {"recorded": [], "created": [], "prepared": []}
    for number in range(said["count"] + 1):
        began = time.perf_counter()
        prepared = prepared_customers([f"R{number:03d}-{row:06d}" for row in range(said["rows"])])
        was_prepared = time.perf_counter()
        with transaction.atomic():
            save_rows(customer_type(), prepared, context=CONTEXT)
        recorded = time.perf_counter()
        alone = [
            item.plan.record
            for item in prepared_customers(
                [f"A{number:03d}-{row:06d}" for row in range(said["rows"])]
            )
            if item.plan is not None
        ]
        now = timezone.now()  # what the write door would set
        for record in alone:
            record.created_at = record.updated_at = now
        began_alone = time.perf_counter()
        with open_door(), transaction.atomic():
            Customer.objects.bulk_create(alone)
        if number:  # the first one imports and plans
            times["created"].append(time.perf_counter() - began_alone)
            times["recorded"].append(recorded - was_prepared)
            times["prepared"].append(was_prepared - began)
    return times
