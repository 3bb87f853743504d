"""The edit context: who edits, through what, and under which request, file or command."""

from dataclasses import dataclass
from typing import Final

from django.db import models

from outbox.models import Priority

#: What the change log and the outbox hold, in characters.
LONGEST_ACTOR: Final = 150
LONGEST_REFERENCE: Final = 200


class Source(models.TextChoices):
    FORM = "form", "form"
    API = "api", "API"
    CSV = "csv", "CSV upload"
    ADMIN = "admin", "admin"
    COMMAND = "command", "command"
    INBOUND = "inbound", "remote system"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditContext:
    actor: str
    source: Source
    #: A request id, the name of a command, an upload with its row.
    reference: str = ""
    priority: Priority = Priority.INTERACTIVE
    #: What this edit is one of many of: "upload 12". Its messages are counted by it.
    batch: str = ""

    def __post_init__(self) -> None:
        # A long file name or request id must not stop an edit.
        object.__setattr__(self, "actor", self.actor[:LONGEST_ACTOR])
        object.__setattr__(self, "reference", self.reference[:LONGEST_REFERENCE])
