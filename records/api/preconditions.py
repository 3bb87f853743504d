"""Preconditions: which version of a record the client means (RFC 9110, section 13)."""

from rest_framework.request import Request

from api import problem_kinds as kinds
from api.etags import EntityTag, condition
from api.problems import Problem
from records.models import Record


def etag(record: Record, *, version: int | None = None) -> EntityTag:
    """With the uuid, as versions begin anew when a key is deleted and created again."""
    return EntityTag(f"{record.pk.hex}-{record.version if version is None else version}")


def is_not_modified(request: Request, record: Record) -> bool:
    """Whether to answer a GET with 304. Raises Problem."""
    given = condition(request, "If-None-Match")
    return given is not None and (given.is_any or given.has_weakly(etag(record).opaque))


def require_seen(request: Request, record: Record) -> None:
    """If-Match of a GET. Raises Problem."""
    given = condition(request, "If-Match")
    if given and not given.is_any and etag(record).opaque not in given.strong():
        raise stale(record)


def require_absent(request: Request, record: Record | None) -> None:
    """If-None-Match of a write: `*` wants to create, and only that. Raises Problem."""
    given = condition(request, "If-None-Match")
    if given is None or record is None:
        return
    if given.is_any or given.has_weakly(etag(record).opaque):
        raise stale(record, f"There is a {record._meta.verbose_name} {record.key} already.")


def require_unconditional(request: Request) -> None:
    """Where there is no record, no If-Match holds. Raises Problem."""
    if condition(request, "If-Match") is not None:
        raise Problem(kinds.STALE, "There is no such record, so If-Match cannot hold.")


def expected_version(request: Request, record: Record) -> int | None:
    """The version that the client saw, for the action to judge; None for whatever is there.

    Raises Problem where If-Match is missing, or speaks of no version of this record.
    """
    given = condition(request, "If-Match")
    if given is None:
        raise Problem(
            kinds.PRECONDITION_REQUIRED,
            "Send If-Match with the ETag of the record as you know it.",
            headers={"ETag": str(etag(record))},
        )
    if given.is_any:
        return None
    seen = [version for tag in given.strong() if (version := _version(tag, record)) is not None]
    if not seen:
        raise stale(record)
    return record.version if record.version in seen else max(seen)


def stale(record: Record, detail: str = "", *, version: int | None = None) -> Problem:
    return Problem(
        kinds.STALE,
        detail or f"{record.key} is not as If-Match expects it: somebody changed it since.",
        headers={"ETag": str(etag(record, version=version))},
    )


def _version(opaque: str, record: Record) -> int | None:
    uuid, _, version = opaque.partition("-")
    is_ours = uuid == record.pk.hex and version.isascii() and version.isdigit()
    return int(version) if is_ours and len(version) <= 9 else None
