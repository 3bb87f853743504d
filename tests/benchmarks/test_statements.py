"""How many SQL statements it takes to deliver what waits."""

import time

import pytest
from django.db import transaction

from benchmarks.probes.statements import main
from outbox.connectors.memory import MemoryRemote
from outbox.destinations import state_of
from outbox.recording import record
from tests.outbox.situations import draft

#: For each batch that is claimed, the statements of a drain as a whole shared among them.
MOST = 7
LANES = 2500


@pytest.mark.django_db(transaction=True)
def test_a_batch_costs_seven_statements_at_the_most(erp: MemoryRemote) -> None:
    state_of("erp")  # from the first drain on it is there
    with transaction.atomic():
        record([draft(f"C{number}") for number in range(LANES)])
    erp.after = lambda request: time.sleep(0.005)  # as long as a remote takes
    found = main({"seconds": 30})
    assert found["delivered"] == LANES
    assert found["batches"] > 3, "or it says nothing of a batch"
    assert found["statements"] / found["batches"] <= MOST, found["kinds"]
