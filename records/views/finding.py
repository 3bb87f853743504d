"""Finding the record that an address names, and saying what became of one that is not there."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from records.models import Change, Kind, Record
from records.pages import RecordPages
from records.views.live import live_badges, live_timeline


def find(pages: RecordPages, pk: UUID) -> Record | None:
    found: Record | None = pages.model.objects.filter(pk=pk).first()
    return found


def find_deletion(pages: RecordPages, pk: UUID) -> Change | None:
    """The edit that deleted the record; None where it was not deleted, or never was."""
    return Change.objects.filter(
        record_type=pages.record_type.name, record_id=pk, kind=Kind.DELETE
    ).first()


def show_missing(request: HttpRequest, pages: RecordPages, pk: UUID) -> HttpResponse:
    """410 for a record that was deleted, with how far its delete has come; 404 for no record."""
    deletion = find_deletion(pages, pk)
    if deletion is None:
        return render(request, "records/missing.html", {"pages": pages}, status=404)
    context = {
        "pages": pages,
        "urls": pages.urls(pk),
        "deletion": deletion,
        "timeline": live_timeline(pages, deletion.key),
    } | live_badges(pages, deletion.key)
    response = render(request, "records/deleted.html", context, status=410)
    add_never_cache_headers(response)  # browsers keep a 410 for good, and its delete is under way
    return response
