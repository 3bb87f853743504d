"""An upload: one file of records, from its bytes to the last row that is saved."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from records.context import LONGEST_ACTOR, Source
from records.registry import RecordType, record_type

LONGEST_FILE_NAME = 150


class State(models.TextChoices):
    RECEIVING = "receiving"  # its bytes are still coming in
    CHECKING = "checking"  # a worker reads it and compares it with the records
    READY = "ready", "ready to save"  # a person looks at what would be saved, and decides
    APPLYING = "applying", "saving"  # a worker saves it, row by row
    DONE = "done"
    FAILED = "failed"  # it could not be read, or not be saved; `reason` says why
    CANCELLED = "cancelled"  # by a person; what had been saved stays


#: As badges have them; all others are neither good nor bad.
_TONES: Final = {
    State.CHECKING: "info",
    State.READY: "warning",
    State.APPLYING: "info",
    State.DONE: "success",
    State.FAILED: "danger",
}


class UploadQuerySet(models.QuerySet["Upload"]):
    def due(self, now: datetime) -> "UploadQuerySet":
        """Uploads that wait for a worker, or whose worker died; `now` by the database's clock."""
        return self.filter(due_at__lte=now)


class Upload(models.Model):
    record_type = models.CharField(max_length=50)
    # To be shown; it never becomes a path.
    file_name = models.CharField(max_length=LONGEST_FILE_NAME)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default="")
    # Null for a command that nobody's name was given to.
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Who stands in the history of the records; outlives the account.
    actor = models.CharField(max_length=LONGEST_ACTOR)
    source = models.CharField(max_length=20, choices=Source)
    # A command's rows are saved as soon as they are checked; a person looks at them first.
    needs_confirmation = models.BooleanField(default=True)

    state = models.CharField(max_length=10, choices=State, default=State.RECEIVING)
    # Why it failed, in words.
    reason = models.TextField(default="")
    created_at = models.DateTimeField()
    # Since when it is checked, or saved: what the rate is measured from.
    phase_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # What stood in the file has been deleted.
    forgotten_at = models.DateTimeField(null=True)

    # How the file is read. Blank: not found out yet.
    encoding = models.CharField(max_length=20, default="")
    delimiter = models.CharField(max_length=1, default="")
    header = models.JSONField(default=list)  # the names of the columns
    columns = models.JSONField(default=list)  # for each column its field; null: left out
    # How the file writes an empty value, beside writing nothing.
    blank = models.CharField(max_length=50, default="", db_default="")
    fixed = models.JSONField(default=dict)  # {field: value of every row}
    translations = models.JSONField(default=dict)  # {field: {as in the file: as saved}}

    # Rises with each check. A confirmation names the check that the person saw.
    check_number = models.IntegerField(default=0)
    # What the check found.
    row_count = models.IntegerField(default=0)
    # What it is through with: the next row begins behind them.
    bytes_read = models.BigIntegerField(default=0)
    lines_read = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    warned = models.IntegerField(default=0)  # rows that are right but should be looked at

    # What has been saved. Rows up to this number are through, and their messages are written.
    saved_through = models.IntegerField(default=0)
    saved = models.IntegerField(default=0)
    # Rows that were right when they were checked, but not any more.
    refused_late = models.IntegerField(default=0)
    # Rows whose record had their values by then.
    overtaken = models.IntegerField(default=0)
    messages = models.IntegerField(default=0)

    # When to look at it, in database time. Null: nothing to do. While leased: the lease's end.
    due_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    # When a worker was last asked to look at it.
    asked_at = models.DateTimeField(null=True)
    # Workers that took it up since a row was last got through: something in it may kill them.
    starts = models.SmallIntegerField(default=0)
    # Its last sign of life, and whose.
    alive_at = models.DateTimeField(null=True)
    worker_id = models.UUIDField(null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="upload_due"),
            models.Index(
                fields=["ended_at"], condition=Q(forgotten_at=None), name="upload_to_forget"
            ),
            models.Index(fields=["worker_id", "alive_at"], name="upload_alive"),
            models.Index(fields=["record_type", "sha256"], name="upload_same_file"),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"

    @property
    def kind(self) -> RecordType:
        """Raises UnknownRecordType where the type is registered no more."""
        return record_type(self.record_type)

    @property
    def is_active(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in (State.RECEIVING, State.CHECKING, State.APPLYING)

    @property
    def can_be_checked_anew(self) -> bool:
        """With other columns, or read in another way: as long as nothing of it is saved."""
        is_undecided = self.confirmed_at is None and self.forgotten_at is None
        return is_undecided and self.state in (State.READY, State.FAILED)

    @property
    def to_save(self) -> int:
        return self.new + self.changed

    @property
    def passed(self) -> int:
        """Rows that the saving is through with, of those to save."""
        return self.saved + self.refused_late + self.overtaken

    @property
    def left(self) -> int:
        return self.to_save - self.passed

    @property
    def all_refused(self) -> int:
        return self.refused + self.refused_late

    @property
    def all_unchanged(self) -> int:
        return self.unchanged + self.overtaken

    @property
    def tone(self) -> str:
        """Of its badge."""
        return _TONES.get(State(self.state), "secondary")

    def change(self, **values: Any) -> None:
        """Set and write these columns only."""
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))
