"""What should be: the edits that committed, and what each should leave behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from customers.mapping import CustomerToErp
from outbox.models import RESEND, Message
from records.actions import Edit
from records.models import Kind


@dataclass
class Model:
    #: Key → what the record holds, in our names; no entry: there is none.
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: The edits that committed, by the id of their entry in the change log.
    edits: set[UUID] = field(default_factory=set)
    #: Message id → what it is to say, for those that committed.
    payloads: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Messages that send a record anew, as it was when somebody asked for it.
    resends: set[str] = field(default_factory=set)

    def commit(self, edits: Sequence[Edit]) -> None:
        """To be told again does no harm."""
        for edit in edits:
            if edit.change is None or edit.change.id in self.edits:
                continue
            self.edits.add(edit.change.id)
            if edit.change.kind == Kind.DELETE:
                self.records.pop(edit.change.key, None)
            else:
                self.records[edit.change.key] = edit.record.values()
            for message in edit.messages:
                self.payloads[str(message.id)] = message.payload

    def adopt_resends(self) -> None:
        """Those that somebody has just asked for; a resend comes from no edit."""
        for message in Message.objects.filter(source=RESEND).exclude(pk__in=self.resends):
            self.resends.add(str(message.id))
            self.payloads[str(message.id)] = self.rendered(message.lane.key)

    def rendered(self, key: str) -> dict[str, Any]:
        """What the remote should hold of a record in the end, in its names; {} where nothing."""
        return CustomerToErp().render(self.records[key]) if key in self.records else {}
