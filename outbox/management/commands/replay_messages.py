"""`manage.py replay_messages`: give dead messages another chance."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.conf import destination as configured
from outbox.errors import UnknownDestination
from outbox.models import Message
from outbox.replaying import CannotReplay, replay


class Command(BaseCommand):
    help = (
        "Send what dead messages of a destination were to say, as the records are now: of all, or"
        " of some keys. Exit code 1 where one cannot be sent again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("destination")
        parser.add_argument("keys", nargs="*", help="customer numbers, SKUs; default: all")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            destination = configured(options["destination"]).name
        except UnknownDestination as error:
            raise CommandError(str(error)) from error
        dead = Message.objects.dead().filter(lane__destination=destination)
        if options["keys"]:
            dead = dead.filter(lane__key__in=options["keys"])
        replayed = 0
        impossible = 0
        for message in dead.select_related("lane").order_by("created_at"):
            try:
                replayed += replay(message, by=getpass.getuser())
            except CannotReplay as error:
                impossible += 1
                self.stderr.write(str(error))
        self.stdout.write(f"{destination}: {replayed} messages are sent again.")
        if impossible:
            raise SystemExit(1)
