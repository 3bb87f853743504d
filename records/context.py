"""The edit context: who edits, through what, and under which request, file or command."""

from dataclasses import dataclass

from django.db import models

from outbox.models import Priority


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
