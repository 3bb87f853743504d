"""How many SQL statements a drain runs for each batch that it claims."""

import re
from collections import Counter
from typing import Any
from unittest import mock

import psycopg
from django.db import connection

from outbox import draining
from outbox.claiming import claim
from outbox.draining import drain_once
from outbox.leasing import ClaimedLane


def main(said: dict[str, Any]) -> dict[str, Any]:
    """Drains what is due, for `seconds` at most.

    As Django counts them: an `executemany` is one. So is a COPY, of which Django knows nothing.
    BEGIN and COMMIT are none.
    """
    statements: Counter[str] = Counter()
    batches: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django's
        statements[_kind(sql)] += not sql.startswith("BEGIN")
        return execute(sql, params, many, context)

    def counted_copy(
        cursor: psycopg.Cursor[Any], statement: Any, *args: Any, **options: Any
    ) -> Any:
        statements[str(statement)] += 1
        return copy(cursor, statement, *args, **options)

    def counted_claim(*args: Any, **options: Any) -> list[ClaimedLane]:
        lanes = claim(*args, **options)
        if lanes:
            batches.append(len(lanes))
        return lanes

    copy = psycopg.Cursor.copy
    with (
        connection.execute_wrapper(count),
        mock.patch.object(psycopg.Cursor, "copy", counted_copy),
        mock.patch.object(draining, "claim", counted_claim),
    ):
        summary = drain_once("erp", seconds=said["seconds"])
    return {
        "statements": sum(statements.values()),
        "batches": len(batches),
        "lanes": sum(batches),
        "delivered": summary.delivered,
        "kinds": statements.most_common(),
    }


def _kind(sql: str) -> str:
    """Which statement it is, without values."""
    return " ".join(re.sub(r"\(%s(, %s)*\)|%s", "?", sql).split())[:400]
