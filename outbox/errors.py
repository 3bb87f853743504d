"""What callers of the outbox can do wrong."""

from collections.abc import Iterable


class OutboxError(Exception):
    """Base of the outbox's errors."""


class NotInTransaction(OutboxError):
    """A message can only be recorded in the transaction of the edit that it tells of."""

    def __init__(self) -> None:
        super().__init__(
            "outbox.recording.record() was called outside a transaction. "
            "Wrap the edit and the call in transaction.atomic()."
        )


class UnknownDestination(OutboxError):
    """There is no such destination in the settings."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"There is no destination {name!r}. settings.DESTINATIONS has: {', '.join(known)}."
        )
