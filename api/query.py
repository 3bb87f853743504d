"""The query of an address: each parameter known, given once, and understood."""

from collections.abc import Collection
from datetime import UTC, datetime

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from api import problem_kinds as kinds
from api.problems import FieldError, Problem


def bad_parameter(name: str, detail: str, *, code: str = "invalid") -> Problem:
    shown = name if len(name) <= 80 else f"{name[:80]}…"
    error = FieldError(parameter=shown, code=code, detail=detail)
    return Problem(kinds.BAD_QUERY, f"{shown}: {detail}", errors=[error])


def require_known(query: QueryDict, known: Collection[str]) -> None:
    """Raises Problem."""
    for name, values in query.lists():
        if name not in known:
            there = f" Known: {', '.join(sorted(known))}." if known else " There are none here."
            raise bad_parameter(name, f"There is no such parameter.{there}", code="unknown")
        if len(values) > 1:
            raise bad_parameter(name, "This is given more than once.", code="repeated")


def time(query: QueryDict, name: str) -> datetime | None:
    """A moment as RFC 3339 writes it. Raises Problem."""
    if name not in query:
        return None
    text = query.get(name, "")
    try:
        moment = parse_datetime(text)
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    hint = " (write + as %2B)" if " " in text else ""
    raise bad_parameter(name, f"Expected a time with its zone, as 2026-01-31T12:00:00Z{hint}.")


def whole_number(query: QueryDict, name: str, *, default: int, least: int, most: int) -> int:
    """Raises Problem."""
    text = query.get(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= 9
    if not is_number or not least <= int(text) <= most:
        raise bad_parameter(name, f"Expected a whole number from {least} to {most}.")
    return int(text)
