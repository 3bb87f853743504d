"""Backfilling: records that are older than a destination, or than its mapping, are sent to it.

Nothing is edited, so the change log says nothing of it. Whatever ends a backfill, the next goes on:
what a destination has been given is on its lanes.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from outbox.clock import elapsed
from outbox.crash_points import crash_point
from outbox.models import Lane, Message
from outbox.pacing import Pace
from outbox.recording import Draft, record
from records.actions.locking import all_locked
from records.context import EditContext
from records.errors import RemoteCannotTake
from records.forwarding import draft_of_whole
from records.mapping import Mapping
from records.models import Record
from records.registry import RecordType

READ_AT_ONCE: Final = 500
# Seconds.
#: For how long records are waited for that somebody keeps locked.
PATIENCE: Final = 30.0
AGAIN_AFTER: Final = 0.2


@dataclass(slots=True)
class Tally:
    """Records."""

    seen: int = 0
    sent: int = 0
    #: The destination has them, or will have.
    there: int = 0
    #: The mapping does not apply to them.
    left_out: int = 0
    refused: int = 0


@dataclass(slots=True, kw_only=True)
class Backfill:
    kind: RecordType
    mapping: Mapping[Any]
    #: Its `batch` names the run.
    context: EditContext
    #: Send what the destination has too, but once in a run.
    even_if_there: bool = False
    #: Count, and send nothing.
    is_dry: bool = False
    #: Called with the key and the reason.
    on_refusal: Callable[[str, str], None]
    on_progress: Callable[[Tally], None]
    tally: Tally = field(default_factory=Tally)
    _pace: Pace = field(default_factory=Pace)
    #: Keys of records that somebody else had locked when it was their turn.
    _locked: list[str] = field(default_factory=list)

    def run(self) -> Tally:
        """Go through all records, in the order of their ids."""
        after: UUID | None = None
        while page := self._page(after):
            after = page[-1][0]
            self.tally.seen += len(page)
            self._send([key for _, key in page])
            self.on_progress(self.tally)
        self._send_the_locked()
        return self.tally

    def _page(self, after: UUID | None) -> Sequence[tuple[UUID, str]]:
        records = self.kind.model.objects.order_by("pk").values_list("pk", self.kind.key_field)
        return list((records.filter(pk__gt=after) if after else records)[:READ_AT_ONCE])

    def _send(self, keys: Sequence[str]) -> None:
        # A read takes no lock, and in a second run most have been sent.
        keys = self._to_send(keys)
        if self.is_dry:
            by_key = {f"{self.kind.key_field}__in": keys}
            self.tally.sent += len(self._drafts(self.kind.model.objects.filter(**by_key)))
            return
        while keys:
            chunk, keys = keys[: self._pace.rows], keys[self._pace.rows :]
            self._send_chunk(chunk)

    def _send_chunk(self, keys: Sequence[str]) -> None:
        with transaction.atomic():
            self._pace.start()
            found = all_locked(self.kind, keys, wait=False)
            drafts = self._drafts(found[key] for key in self._to_send(found))
            record(drafts)
            crash_point("before_chunk_commits")
        self._pace.stop(len(keys))
        self.tally.sent += len(drafts)
        self._locked += [key for key in keys if key not in found]
        self._pace.make_room()

    def _to_send(self, keys: Collection[str]) -> list[str]:
        """Those of the keys that it has not been given; sure while the records are locked."""
        lanes = Lane.objects.filter(
            destination=self.mapping.destination, record_type=self.kind.name, key__in=keys
        )
        if self.even_if_there:
            of_this_run = Message.objects.filter(lane__in=lanes, batch=self.context.batch)
            there = set(of_this_run.values_list("lane__key", flat=True))
        else:
            there = set(lanes.filter(present=True).values_list("key", flat=True))
        self.tally.there += len(there)
        return [key for key in keys if key not in there]

    def _drafts(self, records: Iterable[Record]) -> list[Draft]:
        drafts = []
        for found in records:
            if not self.mapping.applies_to(found):
                self.tally.left_out += 1
                continue
            try:
                drafts.append(draft_of_whole(self.kind, found, self.mapping, self.context))
            except RemoteCannotTake as refusal:
                self._refuse(found.key, str(refusal))
        return drafts

    def _refuse(self, key: str, reason: str) -> None:
        self.tally.refused += 1
        self.on_refusal(key, reason)

    def _send_the_locked(self) -> None:
        """Those that somebody edited, or deleted, at that moment."""
        give_up_at = elapsed() + PATIENCE
        while self._locked and elapsed() < give_up_at:
            time.sleep(AGAIN_AFTER)
            keys, self._locked = self._locked, []
            for start in range(0, len(keys), READ_AT_ONCE):
                self._send(self._existing(keys[start : start + READ_AT_ONCE]))
        for key in self._locked:
            self._refuse(key, "Somebody else keeps this record locked.")

    def _existing(self, keys: Sequence[str]) -> list[str]:
        by_key = self.kind.key_field
        records = self.kind.model.objects.filter(**{f"{by_key}__in": keys})
        return list(records.values_list(by_key, flat=True))
