"""A lane: one key at one destination."""

from django.db import models
from django.db.models import F, Q

from outbox.clock import StatementNow


class LaneQuerySet(models.QuerySet["Lane"]):
    def due(self, destination: str) -> "LaneQuerySet":
        """Lanes with something to send, or whose lease has run out."""
        return self.filter(destination=destination, due_at__lte=StatementNow())

    def claimable(self, destination: str, *, solo: bool) -> "LaneQuerySet":
        """Those that nobody holds; of dead drains' lanes, or of all others."""
        return self.due(destination).is_solo(solo=solo).filter(lease_token__isnull=True)

    def is_solo(self, *, solo: bool) -> "LaneQuerySet":
        """Written so that SQLite finds it in an index: it reads all lanes for `NOT solo`."""
        return self.filter(solo__in=[solo])

    def forgotten(self, destination: str) -> "LaneQuerySet":
        """Lanes with something left to send that nobody would look at. There should be none."""
        return self.filter(destination=destination).filter(LEFT_BEHIND)

    def untold(self) -> "LaneQuerySet":
        """Lanes whose acknowledgement has not been taken in by those it is news to."""
        return self.filter(acknowledged_sequence__gt=F("taken_over_sequence"))


#: Pending messages, no due time, nothing in the way.
LEFT_BEHIND = Q(due_at__isnull=True, blocked_by__isnull=True, head_sequence__lte=F("last_sequence"))


class Lane(models.Model):
    """The queue of one record at one destination, its lease, and what the remote acknowledged.

    Deleting and re-creating a key uses the same lane, so those edits stay in order too.
    """

    destination = models.CharField(max_length=50)
    record_type = models.CharField(max_length=50)
    key = models.CharField(max_length=200)

    # Sequences are handed out under the row lock of this lane: gapless, and in commit order.
    last_sequence = models.BigIntegerField(default=0, db_default=0)
    # No message below this one is to be sent: it has ended, or a later one carries it.
    head_sequence = models.BigIntegerField(default=1, db_default=1)
    # Whether the remote has this record, once everything pending is delivered.
    present = models.BooleanField(default=False, db_default=False)

    # The least of its pending messages; recomputed when settling.
    priority = models.SmallIntegerField(default=0, db_default=0)
    # When to look at this lane. Null: nothing to do, or blocked. While leased: the lease's end.
    due_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    # While leased, messages up to here may be sent.
    claimed_through = models.BigIntegerField(default=0, db_default=0)
    # A worker died holding this lane: messages up to here may have been sent. They are claimed
    # alone, one at a time, so that a message that kills workers takes no neighbour along.
    unknown_through = models.BigIntegerField(default=0, db_default=0)
    solo = models.BooleanField(default=False, db_default=False)

    # Messages up to here are sent one by one: merged, they were refused.
    apart_through = models.BigIntegerField(default=0, db_default=0)

    # Failed tries in a row; sets the backoff.
    failures = models.IntegerField(default=0, db_default=0)
    # The dead message that holds up everything behind it.
    blocked_by = models.ForeignKey(
        "outbox.Message", null=True, on_delete=models.RESTRICT, related_name="+", db_index=False
    )

    # What the remote said last: its id for the record, our sequence, its values.
    external_id = models.CharField(max_length=200, default="", db_default="")
    acknowledged_sequence = models.BigIntegerField(default=0, db_default=0)
    shadow = models.JSONField(null=True)
    # Our names of fields whose last change was given up: the remote differs there.
    diverged = models.JSONField(default=list, db_default=[])
    # Up to here, what the remote decides has been taken over into the record.
    taken_over_sequence = models.BigIntegerField(default=0, db_default=0)

    objects = LaneQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "key", "destination"], name="one_lane_per_key"
            )
        ]
        indexes = [
            models.Index(
                fields=["destination", "solo", "priority", "due_at"],
                condition=Q(due_at__isnull=False),
                name="lane_due",
            ),
            # Where requests go in batches, lanes that have failed are claimed apart.
            models.Index(
                fields=["destination", "solo", "priority", "due_at"],
                condition=Q(due_at__isnull=False, failures__gt=0),
                name="lane_failing",
            ),
            models.Index(
                fields=["destination", "due_at"],
                condition=Q(lease_token__isnull=False),
                name="lane_leased",
            ),
            models.Index(
                fields=["destination"],
                condition=Q(acknowledged_sequence__gt=F("taken_over_sequence")),
                name="lane_untold",
            ),
            models.Index(
                fields=["destination"],
                condition=LEFT_BEHIND,
                name="lane_forgotten",
            ),
            models.Index(
                fields=["destination"],
                condition=Q(blocked_by__isnull=False),
                name="lane_blocked",
            ),
            models.Index(
                fields=["blocked_by"],
                condition=Q(blocked_by__isnull=False),
                name="lane_blocked_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.key} → {self.destination}"
