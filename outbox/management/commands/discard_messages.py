"""`manage.py discard_messages`: give dead messages up for good."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.conf import destination as configured
from outbox.discarding import discard
from outbox.errors import UnknownDestination
from outbox.models import Message


class Command(BaseCommand):
    help = (
        "Never send the dead messages of these keys, and go on with what waits behind them. The"
        " fields that they were to change differ at the destination until the next edit of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("destination")
        parser.add_argument("keys", nargs="+", help="customer numbers, SKUs")
        parser.add_argument("--because", required=True, help="why, for those who wonder later")

    def handle(self, *args: Any, **options: Any) -> None:
        because = " ".join(options["because"].split())
        if not because:
            raise CommandError("--because should say why: nobody else will know later.")
        try:
            destination = configured(options["destination"]).name
        except UnknownDestination as error:
            raise CommandError(str(error)) from error
        dead = Message.objects.dead().filter(
            lane__destination=destination, lane__key__in=options["keys"]
        )
        discarded = sum(
            discard(message, by=getpass.getuser(), because=because)
            for message in dead.order_by("created_at")
        )
        self.stdout.write(f"{destination}: {discarded} messages are discarded.")
