"""The record page, and its two parts that renew themselves: badges and timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outbox.conf import destination
from records.display import EMPTY
from records.models import Record
from records.ownership import remote_owners
from records.pages import RecordPages
from records.views.finding import find, find_deletion, show_missing
from records.views.live import live_badges, live_timeline
from records.views.rights import May, requires


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    name: str
    label: str
    value: str
    #: The label of the remote that decides it; "" for our own.
    kept_by: str = ""

    @property
    def is_empty(self) -> bool:
        return self.value == EMPTY


@requires("view")
@require_safe
def show_record(request: HttpRequest, pages: RecordPages, pk: UUID) -> HttpResponse:
    record = find(pages, pk)
    if record is None:
        return show_missing(request, pages, pk)
    timeline = live_timeline(pages, record.key)
    context = {
        **_context(pages, pk),
        **live_badges(pages, record.key),
        "may": May(user=request.user, pages=pages),
        "record": record,
        "sections": _sections(pages, record),
        "timeline": timeline,
        "last_edit": timeline.entries[0].change if timeline.entries else None,
    }
    return render(request, "records/detail.html", context)


@requires("view")
@require_safe
def show_badge(request: HttpRequest, pages: RecordPages, pk: UUID) -> HttpResponse:
    key = _key_of(pages, pk)
    if key is None:
        return HttpResponse(status=404)
    return render(request, "records/_sync.html", _context(pages, pk) | live_badges(pages, key))


@requires("view")
@require_safe
def show_timeline(request: HttpRequest, pages: RecordPages, pk: UUID) -> HttpResponse:
    """204, which changes nothing on the page, where it shows this timeline already."""
    key = _key_of(pages, pk)
    if key is None:
        return HttpResponse(status=404)
    timeline = live_timeline(pages, key)
    if request.GET.get("seen") == timeline.fingerprint:
        return HttpResponse(status=204)
    record = find(pages, pk)
    context = _context(pages, pk) | {
        "record": record,
        "sections": _sections(pages, record) if record else [],
        "timeline": timeline,
        "is_update": True,
    }
    return render(request, "records/_timeline.html", context)


def _context(pages: RecordPages, pk: UUID) -> dict[str, Any]:
    return {"pages": pages, "urls": pages.urls(pk)}


def _key_of(pages: RecordPages, pk: UUID) -> str | None:
    """Of the record, or of the one that was deleted."""
    found = find(pages, pk) or find_deletion(pages, pk)
    return found.key if found else None


def _sections(pages: RecordPages, record: Record) -> Sequence[tuple[str, list[ShownField]]]:
    owners = {
        name: destination(owner).label for name, owner in remote_owners(pages.record_type).items()
    }
    return [
        (
            heading,
            [
                ShownField(
                    name=name,
                    label=pages.label(name),
                    value=pages.shown(name, getattr(record, name)),
                    kept_by=owners.get(name, ""),
                )
                for name in names
            ],
        )
        for heading, names in pages.form.sections.items()
    ]
