from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

#: Name → whether it is a superuser. The password is "demo-" and the name.
DEMO_USERS = {"alice": False, "bob": False, "admin": True}


class Command(BaseCommand):
    help = "Create the users of the demo, or give them their passwords back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="even though DEBUG is off: the passwords are known"
        )

    def handle(self, *args: Any, force: bool = False, **options: Any) -> None:
        if not (settings.DEBUG or force):
            raise CommandError(
                "DEBUG is off, and everybody knows these passwords; --force creates them anyway."
            )
        with transaction.atomic():
            for name, is_superuser in DEMO_USERS.items():
                _create(name, is_superuser=is_superuser)
        if options["verbosity"]:
            for name in DEMO_USERS:
                self.stdout.write(f"{name} / demo-{name}")


def _create(name: str, *, is_superuser: bool) -> None:
    user, _ = get_user_model().objects.get_or_create(username=name)
    user.is_active, user.is_staff, user.is_superuser = True, True, is_superuser
    if not user.check_password(f"demo-{name}"):  # a new hash would end the user's sessions
        user.set_password(f"demo-{name}")
    user.save(update_fields=["is_active", "is_staff", "is_superuser", "password"])
