"""How the database goes about statements: each one that is run, and how many rows it reads."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

#: What stands for a table that is read from its beginning to its end.
WHOLE = 10**9


@dataclass(frozen=True, slots=True)
class Planned:
    sql: str
    #: Table → rows that were read, and perhaps thrown away; estimated where something is changed.
    rows: dict[str, int]
    plan: str


@contextmanager
def plans() -> Iterator[list[Planned]]:
    """Fills with the statements that are run meanwhile, as they are run: with parameters."""
    found: list[Planned] = []
    is_ours: list[bool] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b", sql) and not is_ours:
            is_ours.append(True)
            try:
                found.append(_planned(sql, params[0] if many else params))
            finally:
                is_ours.pop()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def _planned(sql: str, params: Any) -> Planned:
    rows: dict[str, int] = defaultdict(int)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            lines = [row[-1] for row in cursor.fetchall()]
            for line in lines:
                if scanned := re.match(r"SCAN (\w+)", line):
                    rows[_table(scanned[1], sql)] = WHOLE
            return Planned(sql, rows, "\n".join(lines))
        # What changes rows must not be run twice.
        is_read = re.match(r"\s*SELECT\b", sql)
        cursor.execute(f"EXPLAIN ({'ANALYZE, ' if is_read else ''}FORMAT JSON) {sql}", params)
        [[[plan]]] = cursor.fetchall()
    for node in _nodes(plan["Plan"]):
        if "Relation Name" in node and node["Node Type"] != "ModifyTable":
            read = node.get("Actual Rows", node["Plan Rows"])
            read += sum(count for name, count in node.items() if name.startswith("Rows Removed"))
            if node["Node Type"] == "Seq Scan" and not is_read:
                read = WHOLE
            rows[node["Relation Name"]] += read * node.get("Actual Loops", 1)
    return Planned(sql, rows, json.dumps(plan, indent=1))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def _table(name: str, sql: str) -> str:
    """SQLite names tables by their alias."""
    aliased = re.search(rf'"?(\w+)"? (?:AS )?"?{name}"?\b', sql)
    return aliased[1] if aliased and aliased[1] not in ("FROM", "JOIN", "INTO") else name
