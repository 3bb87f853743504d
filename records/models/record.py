"""A record: a row that exists here and remotely."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Self

from django.db import models

from outbox.models.message import uuid7
from records.door import require_open_door


class RecordQuerySet(models.QuerySet[Any]):
    """Reads as any other; its bulk writes raise PastTheDoor."""

    def update(self, **kwargs: Any) -> int:
        self._guard("update")
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._guard("delete")
        return super().delete()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        self._guard("bulk_create")
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], **kwargs: Any) -> int:
        self._guard("bulk_update")
        return super().bulk_update(objs, fields, **kwargs)

    def _guard(self, method: str) -> None:
        require_open_door(f"{self.model.__name__}.objects.{method}()")


class Record(models.Model):
    """Base of all record types. Saved and deleted by records/actions/ only."""

    #: The field that holds the business key.
    key_field: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Rises with each edit. Starts anew when a key is deleted and created again.
    version = models.IntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        return str(getattr(self, self.key_field))

    @classmethod
    def data_fields(cls) -> list[models.Field[Any, Any]]:
        """The fields that hold what the record says; not our own book-keeping."""
        own = {field.name for field in Record._meta.get_fields()}
        return [field for field in cls._meta.concrete_fields if field.name not in own]

    def values(self, names: Collection[str] | None = None) -> dict[str, Any]:
        """Field → value; of all data fields where no names are given."""
        if names is None:
            names = [field.name for field in self.data_fields()]
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        return cls(**values)
