"""How a record is written as JSON. What is read from JSON is judged by the write door alone."""

from functools import cache
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outbox.conf import destination
from records.api.sync import EditSyncSerializer, SyncSerializer
from records.models import Record
from records.ownership import remote_owners
from records.registry import RecordType, type_of

RecordT = TypeVar("RecordT", bound=Record)

#: What is ours to count and not part of what the record says.
BOOKKEEPING = ("id", "version", "created_at", "updated_at", "href", "sync")


class RecordSerializer(serializers.ModelSerializer[RecordT]):
    """A record as it is now, and how far its edits have come."""

    # A subclass's `Meta` names the model. The context has `href`, which gives a record's address,
    # and `sync`, by key.

    href = serializers.SerializerMethodField(help_text="The address of the record.")
    sync = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_href(self, record: RecordT) -> str:
        return str(self.context["href"](record))

    @extend_schema_field(SyncSerializer)
    def get_sync(self, record: RecordT) -> dict[str, Any]:
        sync: dict[str, Any] = self.context["sync"][record.key]
        return sync

    def get_field_names(self, declared_fields: Any, info: Any) -> list[str]:
        names = [field.name for field in _record_type(self).model.data_fields()]
        extra = [name for name in declared_fields if name not in BOOKKEEPING]
        return [*names, *BOOKKEEPING, *extra]

    def get_extra_kwargs(self) -> dict[str, Any]:
        return {
            name: {
                "read_only": True,
                "help_text": f"Kept by the {destination(owner).label}; may be sent as it is.",
            }
            for name, owner in remote_owners(_record_type(self)).items()
        }


@cache
def written(base: type[RecordSerializer[Any]]) -> type[RecordSerializer[Any]]:
    """The answer to a write: the record, its warnings, and the messages of this edit."""

    def get_sync(self: RecordSerializer[Any], record: Record) -> dict[str, Any]:
        return base.get_sync(self, record)

    members = {
        "sync": serializers.SerializerMethodField(),
        "get_sync": extend_schema_field(EditSyncSerializer)(get_sync),
        "warnings": serializers.DictField(
            child=serializers.CharField(),
            read_only=True,
            help_text="Field → what should be looked at, though the value was kept.",
        ),
    }
    return type(f"{_stem(base)}WrittenSerializer", (base,), members)


@cache
def replacement(base: type[RecordSerializer[Any]]) -> type[RecordSerializer[Any]]:
    """The body of PUT: the key stands in the address and need not be repeated."""

    def get_extra_kwargs(self: RecordSerializer[Any]) -> dict[str, Any]:
        key_field = _record_type(self).key_field
        return base.get_extra_kwargs(self) | {key_field: {"required": False}}

    return type(
        f"{_stem(base)}ReplacementSerializer", (base,), {"get_extra_kwargs": get_extra_kwargs}
    )


def _record_type(serializer: Any) -> RecordType:
    return type_of(serializer.Meta.model)


def _stem(base: type[RecordSerializer[Any]]) -> str:
    return base.__name__.removesuffix("Serializer")
