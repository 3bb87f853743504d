"""The time, as it is written everywhere here."""

from datetime import UTC, datetime


def utc_now() -> str:
    """UTC, ISO 8601 with microseconds: sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
