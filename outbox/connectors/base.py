"""The contract between the outbox and one kind of remote system."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Operation(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a connector speaks to, as configured in `settings.DESTINATIONS`."""

    name: str
    url: str
    token: str
    #: Seconds a request may take in all, from the first look-up of the host to the last byte read.
    deadline: float
    #: Requests under way at once.
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One edit of one record, in the remote's terms."""

    operation: Operation
    #: The remote's name for the kind of record, such as `customers`.
    collection: str
    #: The business key, and the name of the remote field that holds it.
    key: str
    key_field: str
    #: The id that the remote gave the record, where it told us.
    external_id: str
    #: The same for every try whose outcome the remote should take as one.
    idempotency_key: str
    #: Counts the messages of this record at this destination: larger is newer.
    sequence: int
    #: Remote field → value. Empty for a delete.
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The remote has applied the request, now or before."""

    status: int | None = None
    external_id: str = ""
    #: The record as the remote holds it now, in its own names; empty where it did not say.
    values: Mapping[str, Any] = field(default_factory=dict)
    response: str = ""


class Connector(ABC):
    """Sends requests to one destination. One instance is shared by all sender threads.

    The remote must apply requests of equal idempotency key once.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    @abstractmethod
    def deliver(self, request: Request) -> Acknowledgement:
        """Send the request and wait for its outcome, `endpoint.deadline` seconds at most.

        Raises Unavailable, Failed, Rejected, OutcomeUnknown or Misconfigured.
        """

    @abstractmethod
    def look_up(self, collection: str, key: str) -> Mapping[str, Any] | None:
        """The record as the remote holds it, by business key; None where it has none.

        Raises what `deliver` raises.
        """

    @abstractmethod
    def ping(self) -> None:
        """Ask whether the destination is there and takes our credentials.

        Raises what `deliver` raises.
        """

    def close(self) -> None:  # noqa: B027  most have nothing to give back
        """Give back connections and threads."""
