"""`manage.py purge_outbox`: delete messages that ended long ago, with their attempts."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.clock import database_now
from outbox.conf import outbox_conf
from outbox.retention import purge, to_purge


class Command(BaseCommand):
    help = (
        "Delete messages that were delivered, superseded or discarded long ago, with their "
        "attempts; what waits or is dead stays. Workers do so by themselves, a little each minute."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days",
            type=float,
            default=outbox_conf().keep / 86400,
            help="keep those that ended in so many days; default: OUTBOX_KEEP_DAYS (%(default)g)",
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if not 0 <= days <= 36500:
            raise CommandError("--days should be a number from 0 to 36500.")
        keep = timedelta(days=days)
        if options["dry_run"]:
            count, done = to_purge(database_now() - keep).count(), "would be deleted"
        else:
            count, done = purge(keep=keep.total_seconds()), "are deleted"
        self.stdout.write(f"{count:,} messages that ended more than {days:g} days ago {done}.")
