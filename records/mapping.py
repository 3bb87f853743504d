"""Mapping: how a record type is written at one destination.

    class CustomerToErp(Mapping[Customer]):
        class Meta:
            record = Customer
            destination = "erp"
            remote = "customers"
            version = 1

        number = Field("customer_no", key=True)
        status = Field("state", values={"active": "A", "closed": "C"})
        credit_limit = Field("credit_limit", owner=REMOTE)
        address = Group("street", "city", remote="address")

Missing, null and blank stay three things: a field that is not mapped or did not change is missing
from the payload, an empty number is null, an empty text is "".
"""

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

from outbox.conf import destination
from records.errors import RemoteCannotTake
from records.models import Record
from records.ownership import LOCAL, REMOTE, Owner

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Field:
    """One field there. `values` translates ours into the remote's; `max_length` is the remote's."""

    remote: str
    key: bool = False
    required: bool = False
    max_length: int | None = None
    values: Dict[str, str] | None = None
    owner: Owner = LOCAL

    def render(self, value: Any) -> Any:
        """The remote's value. Raises ValueError saying why it could not take ours."""
        if value in (None, ""):
            if self.required or self.key:
                raise ValueError("needs a value here")
            return value
        if self.values is not None:
            if value not in self.values:
                known = ", ".join(self.values)
                raise ValueError(f"has no name for “{value}” (it knows {known})")
            return self.values[value]
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, date):
            return value.isoformat()
        if self.max_length is not None and len(value) > self.max_length:
            raise ValueError(f"takes {self.max_length} characters at most (this has {len(value)})")
        return value

    def read(self, value: Any) -> Any:
        """Our value for the remote's: the opposite of `render`."""
        for ours, theirs in (self.values or {}).items():
            if theirs == value:
                return ours
        return value


class Group:
    """Fields that stand together in an object of their own at the remote, under their own names."""

    def __init__(self, *names: str, remote: str) -> None:
        self.names = names
        self.remote = remote


@dataclass(frozen=True, slots=True)
class Place:
    """A mapped field: its local name, and the remote object it stands in ("" for the top)."""

    name: str
    group: str
    field: Field


class Mapping(Generic[RecordT]):
    """Base class; see the module's text. Subclasses are registered with their record type.

    A subclass of a mapping has its fields too, and may replace them; None takes one away.
    """

    record: ClassVar[type[Record]]
    destination: ClassVar[str]
    remote: ClassVar[str]
    version: ClassVar[int]
    places: ClassVar[tuple[Place, ...]]
    _declared: ClassVar[Dict[str, Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared: dict[str, Any] = {}
        for base in reversed(cls.__bases__):
            declared |= getattr(base, "_declared", {})
        # Taken before the names of Meta are set: a field may be called `destination` as well.
        cls._declared = declared | vars(cls)
        meta = getattr(cls, "Meta", None)
        if meta is None:
            return
        cls.record, cls.destination = meta.record, meta.destination
        cls.remote, cls.version = meta.remote, meta.version
        cls.places = tuple(_places(cls._declared))

    def applies_to(self, record: RecordT) -> bool:
        """Whether the destination should have this record."""
        return True

    @property
    def key_field(self) -> str:
        """The remote's name of the key."""
        return next(place.field.remote for place in self.places if place.field.key)

    def local_owned(self) -> list[str]:
        return [place.name for place in self.places if place.field.owner == LOCAL]

    def remote_owned(self) -> dict[str, Field]:
        return {place.name: place.field for place in self.places if place.field.owner == REMOTE}

    def render(
        self, values: Dict[str, Any], names: Collection[str] | None = None
    ) -> dict[str, Any]:
        """The payload, in remote names: of these fields, or of all that are ours to send.

        Raises RemoteCannotTake naming the local fields.
        """
        payload: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for place in self.places:
            if place.field.owner == REMOTE or (names is not None and place.name not in names):
                continue
            try:
                rendered = place.field.render(values[place.name])
            except ValueError as error:
                errors[place.name] = [f"The {destination(self.destination).label} {error}."]
                continue
            inside = payload.setdefault(place.group, {}) if place.group else payload
            inside[place.field.remote] = rendered
        if errors:
            raise RemoteCannotTake(errors)
        return payload

    def read_remote_owned(self, remote_values: Dict[str, Any]) -> dict[str, Any]:
        """Local field → value, of the fields that the remote decides and that it told us."""
        return {
            place.name: place.field.read(inside[place.field.remote])
            for place in self.places
            if place.field.owner == REMOTE
            and isinstance(
                inside := remote_values.get(place.group) if place.group else remote_values, Dict
            )
            and place.field.remote in inside
        }


def _places(declared: Dict[str, Any]) -> Iterator[Place]:
    for name, value in declared.items():
        if isinstance(value, Field):
            yield Place(name, "", value)
        elif isinstance(value, Group):
            for member in value.names:
                yield Place(member, value.remote, Field(member))


__all__ = ["LOCAL", "REMOTE", "Field", "Group", "Mapping", "Place"]
