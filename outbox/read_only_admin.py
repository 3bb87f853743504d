"""Admin pages to look at, not to change: what they show is written elsewhere, and by rules."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html

MOST = 2000


class FirstRows(Paginator[Any]):
    """Pages through the first rows only: counting a million takes longer than anybody looks."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows.order_by()[:MOST].count()
        return counted


class LookOnly:
    """Nobody adds, changes or deletes here, whatever their rights; who has the view right looks."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(LookOnly, admin.ModelAdmin[Any]):
    """Base class. A subclass with `search_hint` says in `find` what its search finds."""

    #: Under the search box; "" for no search.
    search_hint: ClassVar[str] = ""

    actions = None
    list_per_page = 50
    list_max_show_all = 0
    paginator = FirstRows
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    sortable_by = ()  # the one order there is has an index

    def find(self, rows: models.QuerySet[Any], term: str) -> models.QuerySet[Any]:
        """By an index: these tables are long."""
        raise NotImplementedError

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All of them, also those that no form would have."""
        return [
            ReadableJson(field.name) if isinstance(field, models.JSONField) else field.name
            for field in self.opts.concrete_fields
        ]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return [self.opts.pk.name] if self.search_hint else []  # without any there is no box

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.find(queryset, term) if term else queryset), False

    @property
    def search_help_text(self) -> str:  # type: ignore[override]
        return f"{self.search_hint} At most {MOST} rows are listed."


class ReadableJson:
    """A column of the page that shows a JSON field, each of its entries on a line."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, row: models.Model) -> str:
        value = getattr(row, self.__name__)
        if value is None:
            return "–"
        if isinstance(value, dict):
            entries = [f"  {_text(name)}: {_text(entry)}" for name, entry in value.items()]
            return format_html("<pre>{}</pre>", "\n".join(["{", ",\n".join(entries), "}"]))
        return format_html("<pre>{}</pre>", _text(value))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
