"""The change log: one row per edit. It outlives the messages and is the record's history."""

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from outbox.models.message import uuid7
from records.context import LONGEST_ACTOR, LONGEST_REFERENCE, Source


class Kind(models.TextChoices):
    CREATE = "create", "created"
    UPDATE = "update", "changed"
    DELETE = "delete", "deleted"


class Change(models.Model):
    # The edit's id; its messages carry it too.
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record_type = models.CharField(max_length=50)
    key = models.CharField(max_length=200)
    # A key that was deleted and created again is another record.
    record_id = models.UUIDField()
    version = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    changes = models.JSONField(encoder=DjangoJSONEncoder)  # {field: [old, new]}
    actor = models.CharField(max_length=LONGEST_ACTOR)
    source = models.CharField(max_length=20, choices=Source)
    reference = models.CharField(max_length=LONGEST_REFERENCE)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_id", "version"], name="one_change_per_version")
        ]
        indexes = [models.Index(fields=["record_type", "key", "at"], name="changes_of_key")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.key} version {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The change log is only added to.")
        super().save(*args, **kwargs)
