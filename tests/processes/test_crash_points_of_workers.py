"""A worker of which processes die in mid-task: it goes on by itself, and nobody does anything."""

from collections.abc import Iterator, Sequence

import pytest
from django.conf import settings

from records.actions import create_record, update_record
from records.context import EditContext, Source
from records.models import Change
from records.registry import RecordType
from tests.people import person
from tests.processes.dying import SHORT_LEASE, DeathNote
from tests.processes.ledger import all_is_quiet, assert_all_arrived
from tests.processes.stack import RemoteProcess, WorkerProcess, running_worker, wait_until
from uploads.models import State as UploadState
from uploads.models import Upload
from uploads.receiving import check_in_background, receive

NUMBERS = "ABCDEF"
POINTS = (
    "before_claim",
    "after_claim",
    "before_send",
    "after_reply",
    "before_settle",
    "before_settle_commits",
    "after_settle",
)
SOME = [("after_reply", 1), ("before_task_ends", 1)]
ALL = [("before_task_ends", 1)] + [(point, passing) for point in POINTS for passing in (1, 2)]
#: Three chunks at least.
ROWS = 100


@pytest.fixture
def mortal_worker(mortal: dict[str, str]) -> Iterator[WorkerProcess]:
    # One lane in hand and one in wait: it comes by again with others settled, others under way.
    few = {"ERP_CONCURRENCY": "1", "OUTBOX_WEDGED_AFTER": "15"}
    yield from running_worker(mortal | SHORT_LEASE | few)


@pytest.mark.parametrize(
    "deaths",
    [pytest.param(SOME, id="some"), pytest.param(ALL, id="all", marks=pytest.mark.slow)],
)
@pytest.mark.timeout(300)
def test_deliveries_go_on_after_each_death(
    deaths: Sequence[tuple[str, int]],
    mortal_worker: WorkerProcess,
    death_note: DeathNote,
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
) -> None:
    for number in NUMBERS:
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
    for point, passing in deaths:
        death_note.write(point, passing=passing)
        for number in NUMBERS:
            city = f"{point} {passing}"
            update_record(customers, number, {"city": city}, context=alice)
        wait_until(death_note.was_taken, seconds=30, what=f"one dies {point}")
        wait_until(all_is_quiet, seconds=30, what=f"all is delivered, though one died {point}")
    assert_all_arrived(remote)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["before_chunk_commits", "after_chunk"])
def test_an_upload_goes_on_after_a_death(
    point: str,
    mortal_worker: WorkerProcess,
    death_note: DeathNote,
    remote: RemoteProcess,
    customers: RecordType,
) -> None:
    mortal_worker.wait_for_cluster(settings.UPLOAD_QUEUE_NAME)
    death_note.write(point, passing=2)
    upload = receive(
        customers,
        [b"number,name\n", *(f"C{n},Company {n}\n".encode() for n in range(ROWS))],
        file_name="customers.csv",
        actor="ursula",
        uploaded_by=person("ursula", "uploader"),
        needs_confirmation=False,
    )
    check_in_background(upload)
    wait_until(death_note.was_taken, seconds=30, what=f"one dies {point}")
    wait_until(
        lambda: Upload.objects.filter(state=UploadState.DONE, saved=ROWS).exists(),
        seconds=60,
        what="all is saved",
    )
    wait_until(all_is_quiet, seconds=60, what="all is delivered")
    assert Change.objects.exclude(source=Source.INBOUND).count() == ROWS
    assert_all_arrived(remote)
