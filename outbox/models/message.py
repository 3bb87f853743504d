"""A message: one edit of one record, for one destination."""

import uuid
from typing import Any, Final

import uuid_utils
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from outbox.models.lane import Lane


def uuid7() -> uuid.UUID:
    """RFC 9562: ids that rise with time, which keeps the index of a growing table narrow."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class Operation(models.TextChoices):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Priority(models.IntegerChoices):
    INTERACTIVE = 0  # somebody is waiting for it
    BULK = 10


class State(models.TextChoices):
    PENDING = "pending"  # to be sent, or sent and not settled
    DELIVERED = "delivered"  # acknowledged by the remote
    SUPERSEDED = "superseded"  # carried by a newer message that was acknowledged
    DEAD = "dead"  # given up; a person has to decide
    DISCARDED = "discarded"  # given up for good by a person, with a reason


class Death(models.TextChoices):
    REFUSED = "refused"  # the remote will not take it
    EXPIRED = "expired"  # it failed for too long
    CRASHED = "crashed"  # workers died while they were sending it and nothing else


#: The source of a message that no edit made: it sends a record as it is now.
RESEND: Final = "replay"


class MessageQuerySet(models.QuerySet["Message"]):
    def pending(self) -> "MessageQuerySet":
        return self.filter(state=State.PENDING)

    def to_send(self) -> "MessageQuerySet":
        """Pending, and not carried by another."""
        return self.pending().filter(carrier__isnull=True)

    def dead(self) -> "MessageQuerySet":
        return self.filter(state=State.DEAD)

    def open_in(self, batch: str) -> "MessageQuerySet":
        """Pending or dead, of a batch."""
        return self.filter(_IS_OPEN_IN_BATCH, batch=batch)


# As the index `message_of_batch` has it: SQLite compares the words, and parameters are other words.
_IS_OPEN_IN_BATCH = RawSQL(
    "state IN ('pending', 'dead') AND NOT batch = ''", [], output_field=models.BooleanField()
)


class Sendable:
    """What sending asks of a message, of a whole row or of what was read of it."""

    __slots__ = ()

    id: Any
    operation: str
    source: str
    payload: Any
    merged_payload: Any
    delivery_number: int
    attempts: int
    maybe_applied: bool

    @property
    def was_sent(self) -> bool:
        """Whether the remote may know its key."""
        return self.attempts > 0 or self.maybe_applied

    @property
    def is_resend(self) -> bool:
        """Whether it was made to send the record anew, in place of messages that were refused."""
        return self.source == RESEND

    @property
    def is_carrier(self) -> bool:
        """Whether it may carry others, which end with it."""
        may_be_carried_by = self.is_resend or self.operation == Operation.DELETE
        return may_be_carried_by or self.merged_payload is not None

    @property
    def sent_payload(self) -> Any:
        """What is sent for it, and for those that it carries."""
        return self.payload if self.merged_payload is None else self.merged_payload

    @property
    def idempotency_key(self) -> str:
        return f"{self.id}-{self.delivery_number}"


class Message(Sendable, models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Looked up by the index of its sequence.
    lane = models.ForeignKey(
        Lane, on_delete=models.RESTRICT, related_name="messages", db_index=False
    )
    sequence = models.BigIntegerField()

    # What happened here, in our names: {field: [old, new]}.
    operation = models.CharField(max_length=10, choices=Operation)
    record_version = models.IntegerField()
    changes = models.JSONField(encoder=DjangoJSONEncoder)

    # What to send, in the remote's names, as rendered when the edit was made.
    collection = models.CharField(max_length=100)
    key_field = models.CharField(max_length=100)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    # Where this message carries others: what is sent for all of them, fixed before it is sent.
    merged_payload = models.JSONField(encoder=DjangoJSONEncoder, null=True)
    # The later message that this one travels with; it ends when that is acknowledged.
    carrier = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="carried",
        db_index=False,
    )
    mapping_version = models.IntegerField()

    # The edit, for all its destinations; who made it, through what, under which request or file.
    edit_id = models.UUIDField()
    actor = models.CharField(max_length=150)
    source = models.CharField(max_length=20)
    reference = models.CharField(max_length=200)
    # What the edit was one of many of, such as an upload; "" for an edit by itself.
    batch = models.CharField(max_length=50, default="", db_default="")

    priority = models.SmallIntegerField(choices=Priority, default=Priority.INTERACTIVE)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # Rises when a message is sent anew after a definite refusal; part of the idempotency key.
    delivery_number = models.IntegerField(default=1)
    # Tries that reached the remote, or may have. An outage of the destination is no try.
    attempts = models.IntegerField(default=0)
    # A try may have been applied though no definite answer came: same key and bytes from here on.
    maybe_applied = models.BooleanField(default=False)
    # Workers that died while they were sending this message and nothing else.
    crashes = models.SmallIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True)
    # How long the destination had been closed in all by then: such time does not count.
    closed_before = models.FloatField(default=0)
    died_of = models.CharField(max_length=10, choices=Death, default="")
    last_error = models.TextField(default="")
    # Who gave it up for good, and why.
    discarded_by = models.CharField(max_length=150, default="", db_default="")
    discarded_because = models.TextField(default="", db_default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lane", "sequence"], name="one_message_per_sequence")
        ]
        indexes = [
            models.Index(
                fields=["lane", "sequence"], condition=Q(state="pending"), name="message_pending"
            ),
            models.Index(
                fields=["carrier"], condition=Q(carrier__isnull=False), name="message_carried"
            ),
            models.Index(fields=["edit_id"], name="message_of_edit"),
            models.Index(
                fields=["batch"],
                condition=Q(state__in=["pending", "dead"]) & ~Q(batch=""),
                name="message_of_batch",
            ),
            models.Index(fields=["created_at"], condition=Q(state="dead"), name="message_dead"),
            models.Index(
                fields=["lane", "sequence"], condition=Q(state="dead"), name="message_dead_in_lane"
            ),
            models.Index(
                fields=["ended_at"],
                condition=Q(state__in=["delivered", "superseded", "discarded"]),
                name="message_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.id}"
