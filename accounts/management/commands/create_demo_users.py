from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    roles: tuple[Role, ...] = ()
    is_staff: bool = False
    is_superuser: bool = False


#: By name. The password is "demo-" and the name.
DEMO_USERS: Final = {
    "alice": DemoUser(roles=(Role.EDITOR, Role.UPLOADER)),
    "bob": DemoUser(roles=(Role.EDITOR,)),
    "carol": DemoUser(roles=(Role.VIEWER,)),
    "dave": DemoUser(roles=(Role.OPERATOR,), is_staff=True),
    "admin": DemoUser(is_staff=True, is_superuser=True),
}


class Command(BaseCommand):
    help = "Create the users of the demo, or give them their passwords and roles back."

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
            for name, demo_user in DEMO_USERS.items():
                _create(name, demo_user)
        if options["verbosity"]:
            for name, demo_user in DEMO_USERS.items():
                what = ", ".join(demo_user.roles) or "superuser"
                self.stdout.write(f"{name} / demo-{name} ({what})")


def _create(name: str, demo_user: DemoUser) -> None:
    user, _ = get_user_model().objects.get_or_create(username=name)
    user.is_active = True
    user.is_staff, user.is_superuser = demo_user.is_staff, demo_user.is_superuser
    user.email = user.email or f"{name}@demo.example"
    if not user.check_password(f"demo-{name}"):  # a new hash would end the user's sessions
        user.set_password(f"demo-{name}")
    user.save(update_fields=["is_active", "is_staff", "is_superuser", "email", "password"])
    user.groups.set(Group.objects.filter(name__in=demo_user.roles))
