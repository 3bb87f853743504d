"""The list of a record type: searched, filtered, sorted, in pages; with a live badge per row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from records.badges import Badge, worst_badges
from records.filters import Filters
from records.models import Record
from records.pages import Column, RecordPages
from records.views.rights import May, requires

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    pk: UUID
    url: str
    cells: Sequence[tuple[Column, str]]
    badge: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    column: Column
    #: What the link of the heading sorts by.
    sort: str
    #: `aria-sort`.
    direction: str


@requires("view")
@require_safe
def list_records(request: HttpRequest, pages: RecordPages) -> HttpResponse:
    filters = Filters.from_query(
        request.GET,
        statuses=[value for value, _ in _statuses(pages)],
        sortable=[column.name for column in pages.columns],
    )
    found: QuerySet[Any] = filters.apply(
        pages.model.objects.all(), searched=pages.searched, key=pages.record_type.key_field
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = _rows(pages, page.object_list)
    context = {
        "pages": pages,
        "may": May(user=request.user, pages=pages),
        "filters": filters,
        "statuses": _statuses(pages),
        "headings": [_heading(column, filters) for column in pages.columns],
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(
            page.number, on_each_side=1, on_ends=1
        ),
        "rows": rows,
        "pending": _pending(rows),
    }
    return render(request, "records/list.html", context)


@requires("view")
@require_safe
def show_badges(request: HttpRequest, pages: RecordPages) -> HttpResponse:
    """The badges of the rows that a list still waits for, to be swapped in by their ids."""
    records = pages.model.objects.filter(pk__in=_uuids(request.GET.getlist("pk"))[:PAGE_SIZE])
    rows = _rows(pages, records)
    context = {"pages": pages, "rows": rows, "pending": _pending(rows), "is_update": True}
    return render(request, "records/_badges.html", context)


def _rows(pages: RecordPages, records: Iterable[Record]) -> list[Row]:
    records = list(records)
    badges = worst_badges(pages.record_type.name, [record.key for record in records])
    return [
        Row(
            pk=record.pk,
            url=pages.url("detail", record.pk),
            cells=[
                (column, pages.shown(column.name, getattr(record, column.name)))
                for column in pages.columns
            ],
            badge=badges[record.key],
        )
        for record in records
    ]


def _pending(rows: Iterable[Row]) -> list[UUID]:
    return [row.pk for row in rows if not row.badge.is_final]


def _heading(column: Column, filters: Filters) -> Heading:
    if filters.sort == column.name:
        return Heading(column=column, sort=f"-{column.name}", direction="ascending")
    if filters.sort == f"-{column.name}":
        return Heading(column=column, sort=column.name, direction="descending")
    return Heading(column=column, sort=column.name, direction="none")


def _statuses(pages: RecordPages) -> list[tuple[str, str]]:
    field = pages.field("status")
    return [(str(value), str(label)) for value, label in field.flatchoices] if field else []


def _uuids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
