"""`manage.py discard_messages`: give dead messages up for good."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.discarding import discard
from outbox.management.choosing import add_choice, chosen


class Command(BaseCommand):
    help = (
        "Never send the dead messages of these keys, and go on with what waits behind them. The"
        " fields that they were to change differ at the destination until the next edit of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_choice(parser, all_by_default=False)
        parser.add_argument("--because", required=True, help="why, for those who wonder later")

    def handle(self, *args: Any, **options: Any) -> None:
        because = " ".join(options["because"].split())
        if not because:
            raise CommandError("--because should say why: nobody else will know later.")
        discarded = sum(
            discard(message, by=getpass.getuser(), because=because) for message in chosen(options)
        )
        self.stdout.write(f"{options['destination']}: messages discarded: {discarded}")
