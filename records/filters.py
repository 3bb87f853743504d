"""Filters: what the address of a list says about which records are shown, and in which order."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import QueryDict

#: Longer ones are cut: a query made of thousands of conditions helps nobody.
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is not understood counts as not given; `sort` is a field, with "-" for descending."""

    search: str = ""
    status: str = ""
    sort: str

    @classmethod
    def from_query(
        cls, query: QueryDict, *, statuses: Sequence[str], sortable: Sequence[str]
    ) -> "Filters":
        status, sort = query.get("status", ""), query.get("sort", "")
        return cls(
            search=_search_text(query.get("q", "")),
            status=status if status in statuses else "",
            sort=sort if sort.removeprefix("-") in sortable else sortable[0],
        )

    @property
    def narrow(self) -> bool:
        """Whether some records are left out."""
        return bool(self.search or self.status)

    def apply(self, records: QuerySet[Any], *, searched: Sequence[str], key: str) -> QuerySet[Any]:
        """Every word stands in one of the searched fields; ties are in the order of keys."""
        for word in self.search.split():
            found = Q()
            for name in searched:
                found |= Q(**{f"{name}__icontains": word})
            records = records.filter(found)
        if self.status:
            records = records.filter(status=self.status)
        by = F(self.sort.removeprefix("-"))
        ordering = by.desc(nulls_last=True) if self.sort[0] == "-" else by.asc(nulls_last=True)
        return records.order_by(ordering, key)


def _search_text(typed: str) -> str:
    """As records are stored: NFC. PostgreSQL takes no NUL."""
    return unicodedata.normalize("NFC", typed.replace("\0", "")).strip()[:LONGEST_SEARCH]
