"""Pages of a list, by key: a page begins after the last key of the one before.

So rows that come and go meanwhile make nothing appear twice and leave nothing out, and a page far
back costs as much as the first.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from api.query import bad_parameter, whole_number

LIMIT: Final = 50
MOST: Final = 250
LONGEST_CURSOR: Final = 2000


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after a key, or (backwards) before it; "" is the end of the list."""

    key: str
    is_backwards: bool = False

    def encode(self) -> str:
        text = ("<" if self.is_backwards else ">") + self.key
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Raises ValueError."""
        if len(text) > LONGEST_CURSOR:
            raise ValueError("too long")
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        try:
            found = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        except binascii.Error as error:
            raise ValueError("not base64") from error
        if found[:1] not in ("<", ">") or "\0" in found:
            raise ValueError("not ours")
        return cls(found[1:], is_backwards=found[0] == "<")


class KeyPagination(BasePagination):
    """The view names the unique field that its list is ordered by: `key_field`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Raises Problem."""
        self.url = request.build_absolute_uri()
        limit = whole_number(request.query_params, "limit", default=LIMIT, least=1, most=MOST)
        cursor = self._cursor(request)
        field = view.key_field
        if cursor and cursor.key:
            comparison = "lt" if cursor.is_backwards else "gt"
            queryset = queryset.filter(**{f"{field}__{comparison}": cursor.key})
        is_backwards = cursor is not None and cursor.is_backwards
        rows = list(queryset.order_by(f"-{field}" if is_backwards else field)[: limit + 1])
        has_more = len(rows) > limit
        rows = rows[:limit]
        if is_backwards:
            rows.reverse()
        self.next, self.previous = _neighbours(rows, field, cursor, has_more=has_more)
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self._link(self.next), "previous": self._link(self.previous)}
        header = ", ".join(
            f'<{url}>; rel="{"prev" if name == "previous" else name}"'
            for name, url in links.items()
            if url
        )
        headers = {"Link": header} if header else {}
        return Response({"results": data, **links}, headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "description": "Records of a page.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT},
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins: from `next` or `previous`, as it came.",
                "schema": {"type": "string"},
            },
        ]

    def _cursor(self, request: Request) -> Cursor | None:
        text = request.query_params.get("cursor")
        if text is None:
            return None
        try:
            return Cursor.decode(text)
        except ValueError:
            raise bad_parameter("cursor", "Take it from next or previous, as it came.") from None

    def _link(self, cursor: Cursor | str | None) -> str | None:
        if cursor is None:
            return None
        if isinstance(cursor, Cursor):
            return str(replace_query_param(self.url, "cursor", cursor.encode()))
        return str(remove_query_param(self.url, "cursor"))


#: The link to the first page has no cursor.
FIRST: Final = "first"


def _neighbours(
    rows: Sequence[Model], field: str, cursor: Cursor | None, *, has_more: bool
) -> tuple[Cursor | str | None, Cursor | str | None]:
    """Where the next page begins, and the one before."""
    if not rows:
        if cursor is None:
            return None, None
        # All that was there is gone meanwhile.
        return (FIRST, None) if cursor.is_backwards else (None, Cursor("", is_backwards=True))
    after = Cursor(str(getattr(rows[-1], field)))
    before = Cursor(str(getattr(rows[0], field)), is_backwards=True)
    if cursor is None:
        return after if has_more else None, None
    if cursor.is_backwards:
        return after if cursor.key else None, before if has_more else None
    return after if has_more else None, before
