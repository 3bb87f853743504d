"""What can be wrong with an edit. Every message is for the person who made it."""

from collections.abc import Mapping, Sequence


class RecordError(Exception):
    """Base of the errors of the write door. Nothing was written."""


class RecordInvalid(RecordError):
    """Values that cannot be saved. `errors`: {field: [message, …]}; "" is the record as a whole."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__(
            "; ".join(
                f"{field}: {message}" if field else message
                for field, messages in self.errors.items()
                for message in messages
            )
        )


class UnknownField(RecordInvalid):
    """The record type has no such field."""


class KeyTaken(RecordInvalid):
    """Another record has this key."""


class KeyIsFixed(RecordInvalid):
    """A key never changes once it is saved: the remote knows the record by it."""


class FieldOwnedElsewhere(RecordInvalid):
    """The remote decides this field."""


class RemoteCannotTake(RecordInvalid):
    """A destination could not store this value, so it is refused before it is saved here."""


class RecordMissing(RecordError):
    """There is no such record, or it has been deleted."""


class StaleRecord(RecordError):
    """Somebody changed the record after the caller had read it.

    `expected` and `found` are versions.
    """

    def __init__(self, key: str, *, expected: int, found: int) -> None:
        self.key, self.expected, self.found = key, expected, found
        super().__init__(
            f"{key} was changed by somebody else since you opened it "
            f"(you saw version {expected}, it is now {found}). "
            "Look at it again and repeat your edit."
        )


class PastTheDoor(RecordError):
    """A write that did not come through records/actions/ would never reach the remote."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} goes past the write door, so the remote would never hear of it. "
            "Use create_record, update_record or delete_record of records.actions."
        )
