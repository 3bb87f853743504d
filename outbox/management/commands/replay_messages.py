"""`manage.py replay_messages`: give dead messages another chance."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.conf import destination as configured
from outbox.errors import UnknownDestination
from outbox.models import Message
from outbox.replaying import replay


class Command(BaseCommand):
    help = "Send dead messages of a destination again, all of them or those of some keys."

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
        replayed = sum(replay(message) for message in dead.order_by("created_at"))
        self.stdout.write(f"{destination}: {replayed} messages are sent again.")
