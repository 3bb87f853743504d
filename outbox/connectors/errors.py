"""What can become of a request other than an acknowledgement.

Each class says what a sender may do next; which reply means which is the connector's to decide.
"""

from collections.abc import Mapping
from typing import Any


class DeliveryError(Exception):
    """A delivery was not acknowledged."""

    #: Whether the remote may have applied the request all the same.
    maybe_applied = False

    def __init__(self, detail: str, *, status: int | None = None, response: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.response = response


class Unavailable(DeliveryError):
    """The destination takes nothing now. Says nothing about the message."""

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        response: str = "",
        maybe_applied: bool = False,
        retry_after: float | None = None,
        asks_to_wait: bool = False,
    ) -> None:
        super().__init__(detail, status=status, response=response)
        self.maybe_applied = maybe_applied
        #: Seconds that the remote asked us to wait.
        self.retry_after = retry_after
        #: Whether the remote speaks of itself: it wants less from everybody.
        self.asks_to_wait = asks_to_wait or retry_after is not None


class Failed(DeliveryError):
    """The remote failed on this request; the same request may succeed later."""

    maybe_applied = True


class Rejected(DeliveryError):
    """The remote refuses this request for good: trying it again cannot help."""

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        response: str = "",
        conflict: bool = False,
        held: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail, status=status, response=response)
        #: The record as the remote has it, where it was looked up.
        self.held = held
        #: It was looked up, and the remote has no such record.
        self.is_gone = False
        #: It clashes with what the remote holds, which an earlier try of the same request may
        #: have put there.
        self.conflict = conflict


class OutcomeUnknown(DeliveryError):
    """The request may or may not have been applied: repeat it, same key and same bytes."""

    maybe_applied = True


class Misconfigured(DeliveryError):
    """The destination itself is wrong (credentials, address): a person has to mend settings."""

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        response: str = "",
        maybe_applied: bool = False,
    ) -> None:
        super().__init__(detail, status=status, response=response)
        self.maybe_applied = maybe_applied
