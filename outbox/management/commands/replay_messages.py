"""`manage.py replay_messages`: give dead messages another chance."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from outbox.management.choosing import add_choice, chosen
from outbox.replaying import CannotReplay, replay


class Command(BaseCommand):
    help = (
        "Send what dead messages of a destination were to say, as the records are now: of all, or"
        " of some keys. Exit code 1 where one cannot be sent again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_choice(parser, all_by_default=True)

    def handle(self, *args: Any, **options: Any) -> None:
        replayed = 0
        impossible = 0
        for message in chosen(options):
            try:
                replayed += replay(message, by=getpass.getuser())
            except CannotReplay as error:
                impossible += 1
                self.stderr.write(str(error))
        self.stdout.write(f"{options['destination']}: records sent again: {replayed}")
        if impossible:
            raise SystemExit(1)
