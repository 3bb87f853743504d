"""The pages of a record type: what it declares, so that one set of views serves them all."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Field
from django.urls import reverse

from records.display import shown
from records.forms import RecordForm
from records.models import Record
from records.registry import RecordType, type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the list: a field, which the list can be sorted by."""

    name: str
    heading: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPages:
    #: Of the URLs.
    namespace: str
    model: type[Record]
    form: type[RecordForm[Any]]
    #: Of the list; the first leads to the record and is the order that holds where none is asked.
    columns: tuple[Column, ...]
    #: Fields that the search looks into.
    searched: tuple[str, ...]

    @property
    def record_type(self) -> RecordType:
        return type_of(self.model)

    @property
    def title(self) -> str:
        return self.record_type.title

    @property
    def plural(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    @property
    def list_url(self) -> str:
        return self.url("list")

    @property
    def new_url(self) -> str:
        return self.url("new")

    @property
    def badges_url(self) -> str:
        return self.url("badges")

    @property
    def search_hint(self) -> str:
        return ", ".join(self.label(name) for name in self.searched[:4]) + " …"

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"{self.namespace}:{name}", args=args)

    def urls(self, pk: UUID) -> dict[str, str]:
        """Of the pages of one record."""
        return {
            name: self.url(name, pk) for name in ("detail", "edit", "delete", "badge", "timeline")
        }

    def field(self, name: str) -> Field[Any, Any] | None:
        """None where the record type has no such field, or has it no more."""
        return next((field for field in self.model.data_fields() if field.name == name), None)

    def label(self, name: str) -> str:
        return self.record_type.label(name)

    def shown(self, name: str, value: Any) -> str:
        field = self.field(name)
        return shown(field, value, money=self.form.money) if field else str(value)
