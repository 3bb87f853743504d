"""An attempt: one try to deliver one message."""

from django.db import models

from outbox.models.message import Message


class Outcome(models.TextChoices):
    DELIVERED = "delivered"
    RETRY = "retry"  # the remote failed; tried again later
    REJECTED = "rejected"  # the remote refuses it for good
    UNKNOWN = "unknown"  # it may have been applied; repeated with the same key


class Attempt(models.Model):
    # Looked up by the index of its number.
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="attempt_set", db_index=False
    )
    number = models.IntegerField()
    started_at = models.DateTimeField()
    duration = models.FloatField(null=True)  # seconds; null where the worker died
    outcome = models.CharField(max_length=10, choices=Outcome)
    status = models.SmallIntegerField(null=True)  # HTTP status, where there was one
    response = models.TextField(default="")  # excerpt
    error = models.TextField(default="")

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["message", "number"], name="attempt_of_message")]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.outcome}"
