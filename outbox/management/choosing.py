"""Which dead messages a command is about."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from outbox.conf import destination as configured
from outbox.errors import UnknownDestination
from outbox.models import Message
from outbox.models.message import MessageQuerySet


def add_choice(parser: CommandParser, *, all_by_default: bool) -> None:
    """The arguments that `chosen` reads."""
    keys = "customer numbers, SKUs"
    parser.add_argument("destination")
    parser.add_argument(
        "keys",
        nargs="*" if all_by_default else "+",
        help=f"{keys}; default: all" if all_by_default else keys,
    )
    parser.add_argument("--type", help="of records of this type only, such as customer")


def chosen(options: Mapping[str, Any]) -> MessageQuerySet:
    """The dead messages, the oldest first.

    Raises CommandError where the destination is unknown, or a key has no dead message: it may be
    misspelt.
    """
    try:
        destination = configured(options["destination"])
    except UnknownDestination as error:
        raise CommandError(str(error)) from error
    dead = Message.objects.dead().filter(lane__destination=destination.name)
    if options["type"]:
        dead = dead.filter(lane__record_type=options["type"])
    if options["keys"]:
        dead = dead.filter(lane__key__in=options["keys"])
        without = set(options["keys"]) - set(dead.values_list("lane__key", flat=True))
        if without:
            raise CommandError(
                f"Nothing was done: no message of {', '.join(sorted(without))} is dead"
                f" at {destination.name}."
            )
    return dead.select_related("lane").order_by("created_at")
