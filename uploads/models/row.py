"""A row of a file: what it says, what it would do, and what became of it."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from records.actions import Verdict
from uploads.models.upload import Upload

LONGEST_KEY = 200


class UploadRow(models.Model):
    """Written by the check. Saving touches a row only where it comes out otherwise.

    That a row is saved is said by the upload's `saved_through`, which is written in the same
    transaction as the record and its message.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rows")
    number = models.IntegerField()  # from 1, without header and blank lines
    line = models.IntegerField()  # of the file, where the row starts
    cells = models.JSONField()  # as they stand in the file
    key = models.CharField(max_length=LONGEST_KEY)
    verdict = models.CharField(max_length=10, choices=Verdict)
    # The record as it was when this was checked; null where there was none.
    record_id = models.UUIDField(null=True)
    version = models.IntegerField(null=True)
    changes = models.JSONField(encoder=DjangoJSONEncoder, default=dict)  # {field: [old, new]}
    problems = models.JSONField(default=dict)  # {field: [text, …]}; "" is the row as a whole
    warnings = models.JSONField(default=dict)  # {field: text}
    warned = models.BooleanField(default=False)  # there are some

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="one_row_per_number")
        ]
        indexes = [
            models.Index(fields=["upload", "key"], name="row_of_key"),
            models.Index(fields=["upload", "verdict", "number"], name="row_of_verdict"),
            models.Index(
                fields=["upload", "number"], condition=models.Q(warned=True), name="row_warned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.upload} line {self.line}"
