"""What is known about a destination as a whole. Written on transitions only: no hot row."""

from datetime import datetime

from django.db import models


class DestinationState(models.Model):
    destination = models.CharField(max_length=50, primary_key=True)

    # Paused by a person, or by the application when the settings are wrong.
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=150, default="")
    paused_because = models.TextField(default="")

    # Held: it takes nothing from anybody. Until then nothing is sent; then one lane tries.
    held_since = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    held_because = models.TextField(default="")
    hold_failures = models.IntegerField(default=0)

    # Since when it takes messages again: first a few at once, then more.
    recovered_at = models.DateTimeField(null=True)
    # It refused many records in a row and was paused. Resumed, it is believed until then.
    refusals_believed_until = models.DateTimeField(null=True)

    # Seconds in all that it was paused or held, up to the last time that this ended.
    closed_seconds = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.destination

    @property
    def closed_since(self) -> datetime | None:
        """Since when nothing is sent; None where it is open."""
        stops = [since for since in (self.paused_at, self.held_since) if since is not None]
        return min(stops, default=None)

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_held(self) -> bool:
        return self.held_until is not None


class RateAllowance(models.Model):
    """What may be sent to a destination with a rate. A row of its own: each drain writes it."""

    destination = models.CharField(max_length=50, primary_key=True)
    # All requests before this time are given to somebody.
    given_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.destination


class WakeRequest(models.Model):
    """That somebody asked for a drain. Apart from DestinationState, so that they do not contend."""

    destination = models.CharField(max_length=50, primary_key=True)
    requested_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.destination
