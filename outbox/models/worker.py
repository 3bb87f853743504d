"""Who is at work: one row per supervisor, one per running drain."""

import uuid

from django.db import models


class Worker(models.Model):
    """A `run_worker` process and the cluster that it watches."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # the supervisor
    drained_at = models.DateTimeField(null=True)  # the last sign of life of one of its drains
    stopping = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Drain(models.Model):
    """A drain under way. A row whose heartbeat is old belongs to one that died."""

    destination = models.CharField(max_length=50)
    worker_id = models.UUIDField(null=True)
    pid = models.IntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["destination", "beat_at"], name="drain_running")]

    def __str__(self) -> str:
        return f"drain of {self.destination}"
