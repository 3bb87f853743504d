"""Records that are older than their destination are sent to it, though the command is killed."""

import subprocess
import sys

from django.conf import settings
from django.utils import timezone

from customers.models import Customer
from outbox.models import Lane, Message
from records.door import open_door
from tests.processes.stack import wait_until

RECORDS = 2000


def older_than_the_destination() -> None:
    now = timezone.now()
    with open_door():
        Customer.objects.bulk_create(
            [
                Customer(number=f"N{n:04}", name=f"Customer {n}", created_at=now, updated_at=now)
                for n in range(RECORDS)
            ]
        )


def backfilling(env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "backfill", "erp", "customer"]
    return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE)


def test_killed_and_started_again_it_sends_everything_once(
    stack: dict[str, str],
) -> None:
    older_than_the_destination()
    with backfilling(stack) as killed:
        wait_until(Message.objects.exists, seconds=20, what="some are recorded")
        killed.kill()
    recorded = Message.objects.count()
    assert 0 < recorded < RECORDS
    with backfilling(stack) as resumed:
        said, _ = resumed.communicate(timeout=60)
    assert resumed.returncode == 0
    assert f"{RECORDS - recorded:,} sent, {recorded:,} given before" in said
    assert Message.objects.count() == Lane.objects.filter(last_sequence=1).count() == RECORDS
