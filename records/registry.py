"""The record types there are. Generic rooms find them here, so they import none of them."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import Any

from records.mapping import Mapping
from records.models import Record
from records.rules import Rule


def nothing_to_check(values: Dict[str, Any]) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    name: str
    model: type[Record]
    #: One per destination.
    mappings: tuple[Mapping[Any], ...]
    #: Field → its rules, in the order in which fields are looked at.
    rules: Dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    #: What is wrong with values that are right one by one: field → message.
    check_record: Callable[[Dict[str, Any]], Dict[str, str]] = nothing_to_check
    #: Field → other names that files have for it, the first that a file has counts. "A + B": both
    #: columns together are the field, joined by a blank.
    column_names: Dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key_field(self) -> str:
        return self.model.key_field

    def right(self, action: str) -> str:
        """The permission to "view", "add", "change", "delete" or "upload" such records."""
        return f"{self.model._meta.app_label}.{action}_{self.model._meta.model_name}"

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def plural(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def label(self, name: str) -> str:
        """Of a field, for people; its name where there is no such field, or no more."""
        labels = {field.name: field.verbose_name for field in self.model.data_fields()}
        return str(labels.get(name, name))


class UnknownRecordType(LookupError):
    """No record type of that name is registered."""


_types: dict[str, RecordType] = {}


def register(record_type: RecordType) -> None:
    """Called by each record type's app when it is ready."""
    _types[record_type.name] = record_type


def record_types() -> Iterable[RecordType]:
    return _types.values()


def record_type(name: str) -> RecordType:
    """Raises UnknownRecordType."""
    try:
        return _types[name]
    except KeyError:
        raise UnknownRecordType(
            f"There is no record type {name!r}; there are: {', '.join(_types)}."
        ) from None


def type_of(model: type[Record]) -> RecordType:
    """Raises UnknownRecordType."""
    for candidate in _types.values():
        if candidate.model is model:
            return candidate
    raise UnknownRecordType(f"{model.__name__} is not registered as a record type.")
