"""`manage.py drain_outbox`: deliver what is due, in this process, without django-q2."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.conf import destination_names
from outbox.draining import drain_once
from outbox.errors import UnknownDestination
from outbox.models import Lane, Message


class Command(BaseCommand):
    help = "Deliver what is due. Exit code 0 when all has arrived, 1 when some wait or are refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("destinations", nargs="*", help="default: all")
        parser.add_argument("--seconds", type=float, default=3600, help="at most; default 3600")

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = 0
        for name in options["destinations"] or destination_names():
            try:
                summary = drain_once(name, seconds=options["seconds"])
            except UnknownDestination as error:
                raise CommandError(str(error)) from error
            left = Message.objects.pending().filter(lane__destination=name).count()
            blocked = Lane.objects.filter(destination=name, blocked_by__isnull=False).count()
            # A message that was skipped blocks nothing, and has not arrived either.
            dead = Message.objects.dead().filter(lane__destination=name).count()
            waiting += left + dead
            self.stdout.write(
                f"{name}: {summary.delivered} delivered, {left} waiting, {dead} dead,"
                f" {blocked} records blocked"
            )
        if waiting:
            raise SystemExit(1)
