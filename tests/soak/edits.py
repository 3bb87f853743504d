"""Random edits through the write door: alone, several in one transaction, some rolled back."""

import random
from collections.abc import Callable
from itertools import count
from uuid import UUID

from django.db import transaction

from outbox.models import Priority
from records.actions import Edit, create_record, delete_record, update_record
from records.context import EditContext, Source
from records.errors import RecordError
from records.registry import RecordType, record_type
from tests.soak.journal import Journal, Told
from tests.soak.plan import HOT, KEYS, key_name

TEXTS = {
    "customer": ("name", "city", "street", "contact_person", "notes"),
    "product": ("name", "category", "description", "unit"),
}


class RollBack(Exception):
    pass


class Chance:
    """Random keys and values. No value comes twice, so what holds one knows the edit it is from."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.rng = rng
        self.name = name
        self._numbers = count()

    def kind(self) -> RecordType:
        return record_type(self.rng.choices(list(KEYS), list(KEYS.values()))[0])

    def key(self, kind: RecordType) -> str:
        most = HOT if self.rng.random() < 0.4 else KEYS[kind.name]
        return key_name(self.rng.randrange(most))

    def values(self, kind: RecordType) -> dict[str, str]:
        names = self.rng.sample(TEXTS[kind.name], self.rng.randint(1, 3))
        values = {name: self.text() for name in names}
        if kind.name == "product" and self.rng.random() < 0.5:
            values |= {"price": f"{self.rng.randrange(10**8) / 10**4:.4f}", "currency": "EUR"}
        return values

    def whole(self, kind: RecordType, key: str) -> dict[str, str]:
        """Of a record to be created."""
        return self.values(kind) | {kind.key_field: key, "name": self.text()}

    def text(self) -> str:
        return f"{self.name}.{next(self._numbers)}"


class Editor:
    def __init__(self, chance: Chance, journal: Journal) -> None:
        self._chance, self._rng, self._journal = chance, chance.rng, journal

    def act(self) -> None:
        """Raises what a database that is away raises."""
        acts: dict[Callable[[], list[UUID]], int] = {
            self._one: 66,
            self._several: 10,
            self._one_twice: 6,
            self._one_and_a_savepoint: 6,
            self._roll_back: 12,
        }
        try:
            edits = self._rng.choices(list(acts), list(acts.values()))[0]()
        except RollBack:
            return
        except RecordError:
            self._journal.note(Told.REFUSED)
            return
        self._journal.note(Told.COMMITTED, edits)

    def _one(self) -> list[UUID]:
        kind = self._chance.kind()
        return _ids(self._edit(kind, self._chance.key(kind)))

    def _several(self) -> list[UUID]:
        kind = self._chance.kind()
        # In the order of their keys, as everybody: nobody waits for each other.
        keys = sorted({self._chance.key(kind) for _ in range(3)})
        with transaction.atomic():
            return _ids(*(self._edit(kind, key) for key in keys))

    def _one_twice(self) -> list[UUID]:
        kind = self._chance.kind()
        key = self._chance.key(kind)
        with transaction.atomic():
            return _ids(self._edit(kind, key), self._edit(kind, key))

    def _one_and_a_savepoint(self) -> list[UUID]:
        kind = self._chance.kind()
        first, second = sorted([self._chance.key(kind), self._chance.key(kind)])
        with transaction.atomic():
            kept = self._edit(kind, first)
            try:
                with transaction.atomic():
                    rolled_back = self._edit(kind, second)
                    raise RollBack
            except RollBack:
                if transaction.get_rollback():
                    raise  # it takes all with it: the savepoint was lost with the connection
        self._journal.note(Told.ROLLED_BACK, _ids(rolled_back))
        return _ids(kept)

    def _roll_back(self) -> list[UUID]:
        edits: list[UUID] = []
        try:
            with transaction.atomic():
                edits = self._several()
                raise RollBack
        finally:
            self._journal.note(Told.ROLLED_BACK, edits)

    def _edit(self, kind: RecordType, key: str) -> Edit:
        """Create the record where there is none; else change it, or now and then delete it."""
        context = self._context()
        there = kind.model.objects.filter(**{kind.key_field: key}).first()
        if there is None:
            return create_record(kind, self._chance.whole(kind, key), context=context)
        expected = there.version if self._rng.random() < 0.3 else None
        if self._rng.random() < 0.12:
            return delete_record(kind, key, context=context, expected_version=expected)
        values = self._chance.values(kind)
        return update_record(kind, key, values, context=context, expected_version=expected)

    def _context(self) -> EditContext:
        priority = Priority.BULK if self._rng.random() < 0.25 else Priority.INTERACTIVE
        return EditContext(actor=self._chance.name, source=Source.FORM, priority=priority)


def _ids(*edits: Edit | None) -> list[UUID]:
    return [edit.change.id for edit in edits if edit is not None and edit.change is not None]
