"""Sync as the API tells it: how far the edits of a record have come, and why no further."""

from collections.abc import Collection, Sequence
from typing import Any

from rest_framework import serializers

from outbox.sync_status import Sync, SyncStatus, sync_statuses
from records.actions import Edit
from records.registry import RecordType

NOT_SENT = "not_sent"
STATUSES = [*(sync.name.lower() for sync in Sync), NOT_SENT]


class DestinationSyncSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField(help_text="For people.")  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=STATUSES)
    reason = serializers.CharField(
        help_text="Why it is not in sync, in the words of the other system or a colleague."
    )
    next_try_in = serializers.FloatField(
        allow_null=True, help_text="Seconds; null where no next try is planned."
    )


class SyncSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        choices=STATUSES, help_text="The worst of the destinations'; not_sent where there is none."
    )
    href = serializers.URLField(help_text="Where to ask again.")
    destinations = DestinationSyncSerializer(many=True)


class EditSyncSerializer(SyncSerializer):
    messages = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="The outbox messages of this edit; none where nothing was changed.",
    )


class RecordSyncSerializer(SyncSerializer):
    """The answer of …/sync, for deleted records too."""

    key = serializers.CharField()
    deleted = serializers.BooleanField()
    record = serializers.URLField(allow_null=True, help_text="null where it was deleted.")


class DeletedSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    sync = EditSyncSerializer()


def statuses_of(record_type: RecordType, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Key → status and destinations; the same few queries however many keys."""
    found = sync_statuses(record_type.name, keys)
    return {key: _as_json(found.get(key, [])) for key in keys}


def message_ids(edit: Edit) -> list[str]:
    return [str(message.id) for message in edit.messages]


def _as_json(statuses: Sequence[SyncStatus]) -> dict[str, Any]:
    """`statuses`: the worst first."""
    return {
        "status": statuses[0].sync.name.lower() if statuses else NOT_SENT,
        "destinations": [
            {
                "name": status.destination,
                "label": status.label,
                "status": status.sync.name.lower(),
                "reason": status.reason(),
                "next_try_in": None if status.next_try_in is None else round(status.next_try_in, 1),
            }
            for status in statuses
        ],
    }
