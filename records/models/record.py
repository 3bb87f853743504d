"""A record: a row that exists here and remotely."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, ClassVar

from django.db import models

from outbox.models.message import uuid7
from outbox.row_writing import insert_rows
from records.door import guard_delete, guard_save, require_open_door


class RecordQuerySet(models.QuerySet[Any]):
    """Reads as any other; its bulk writes raise PastTheDoor (`bulk_update` by its `update`)."""

    def update(self, **kwargs: Any) -> int:
        self._guard("update")
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._guard("delete")
        return super().delete()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        self._guard("bulk_create")
        return super().bulk_create(objs, *args, **kwargs)

    def insert(self, rows: Sequence[Any]) -> None:
        """As `bulk_create`, for records that have all their values."""
        self._guard("insert")
        insert_rows(rows)

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
        default_permissions = ("view", "add", "change", "delete", "upload")
        base_manager_name = "objects"  # so that it guards the door too

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Signals rather than save() and delete(): fixtures and cascades call neither. They know
        # their sender only, so proxies are connected too.
        models.signals.pre_save.connect(guard_save, sender=cls)
        models.signals.pre_delete.connect(guard_delete, sender=cls)

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        return str(getattr(self, self.key_field))

    @classmethod
    def data_fields(cls) -> Sequence[models.Field[Any, Any]]:
        """The fields that hold what the record says; not our own book-keeping."""
        return _data_fields(cls)

    def values(self, names: Collection[str] | None = None) -> dict[str, Any]:
        """Field → value; of all data fields where no names are given."""
        if names is None:
            names = [field.name for field in self.data_fields()]
        return {name: getattr(self, name) for name in names}


@cache
def _data_fields(model: type[Record]) -> Sequence[models.Field[Any, Any]]:
    own = {field.name for field in Record._meta.get_fields()}
    return tuple(field for field in model._meta.concrete_fields if field.name not in own)
