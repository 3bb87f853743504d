"""`manage.py pause_destination` and, with `--resume`, its opposite."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.destinations import pause, resume
from outbox.errors import UnknownDestination


class Command(BaseCommand):
    help = "Stop sending to a destination; edits go on being recorded. --resume sends again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("destination")
        parser.add_argument("--because", default="", help="why, for those who wonder")
        parser.add_argument("--resume", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["destination"]
        try:
            if options["resume"]:
                done = resume(name)
                said = "sends again" if done else "was not paused"
            else:
                done = pause(name, by=getpass.getuser(), because=options["because"])
                said = "is paused" if done else "was paused already"
        except UnknownDestination as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name} {said}.")
