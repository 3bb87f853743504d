"""The contract between the outbox and one kind of remote system."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from outbox.connectors.errors import DeliveryError


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
    #: Whether it applies requests of equal idempotency key once.
    idempotent: bool = True
    #: Where not: after so many seconds a request has taken effect, or never will.
    settle_after: float = 30

    @property
    def looked_up_within(self) -> float:
        """Seconds that a look-up takes at most: a record that is not found takes a ping as well."""
        return 2 * self.deadline

    @property
    def unclear_for(self) -> float:
        """Seconds to wait before anybody asks what became of a request of unknown outcome."""
        return 0.0 if self.idempotent else self.settle_after


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


def id_told(values: Mapping[str, Any]) -> str:
    """The remote's id for a record that it shows; "" where it gives none."""
    told = values.get("id")
    return "" if told is None else str(told)


class Connector(ABC):
    """Sends requests to one destination. One instance is shared by all sender threads.

    Where `endpoint.idempotent` is true, the remote applies requests of equal idempotency key once.
    Elsewhere a request that is sent twice may be applied twice, and a connector never sends one a
    second time by itself.
    """

    #: Whether `deliver_batch` may be called.
    supports_batches: ClassVar[bool] = False

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    @abstractmethod
    def deliver(self, request: Request) -> Acknowledgement:
        """Send the request and wait for its outcome, `endpoint.deadline` seconds at most.

        Raises Unavailable, Failed, Rejected, OutcomeUnknown or Misconfigured.
        """

    def deliver_batch(self, requests: Sequence[Request]) -> list[Acknowledgement | DeliveryError]:
        """Send requests of different records as one, `endpoint.deadline` seconds for all of them.

        One outcome for each, in the order of `requests`; what `deliver` would raise is returned.
        An item of which the remote does not tell what became of it is OutcomeUnknown.

        Raises what `deliver` raises where it holds for all: Rejected where the batch as such is
        refused, or too large to be sent, and nothing of it was applied. A smaller one may be taken;
        a single request is for `deliver`.
        """
        # One by one would take as many deadlines, and outlive the leases.
        raise NotImplementedError

    @abstractmethod
    def look_up(self, collection: str, key: str, *, key_field: str) -> Mapping[str, Any] | None:
        """The record as the remote holds it, by business key; None where it has none.

        Takes `endpoint.looked_up_within` seconds at most.

        Raises what `deliver` raises; OutcomeUnknown where the answer is not about that record.
        """

    @abstractmethod
    def ping(self) -> None:
        """Ask whether the destination is there and takes our credentials.

        Raises what `deliver` raises.
        """

    def close(self) -> None:  # noqa: B027  most have nothing to give back
        """Give back connections and threads."""
