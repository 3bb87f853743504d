"""Entity tags and the headers that compare them: RFC 9110, sections 8.8.3 and 13.1."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rest_framework.request import Request

from api import problem_kinds as kinds
from api.problems import Problem

_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_BETWEEN: Final = re.compile(r"[ \t]*(?:,[ \t]*)+")


@dataclass(frozen=True, slots=True)
class EntityTag:
    opaque: str
    is_weak: bool = False

    def __str__(self) -> str:
        return f'{"W/" if self.is_weak else ""}"{self.opaque}"'


@dataclass(frozen=True, slots=True)
class Condition:
    """The value of If-Match or If-None-Match: `*`, or a list of tags."""

    tags: tuple[EntityTag, ...] = ()
    is_any: bool = False

    def strong(self) -> list[str]:
        """The strong comparison, of If-Match: weak tags equal nothing."""
        return [tag.opaque for tag in self.tags if not tag.is_weak]

    def has_weakly(self, opaque: str) -> bool:
        """The weak comparison, of If-None-Match."""
        return any(tag.opaque == opaque for tag in self.tags)


def condition(request: Request, header: str) -> Condition | None:
    """None where the header was not sent. Raises Problem where it cannot be read."""
    value = request.headers.get(header)
    if value is None:
        return None
    if value.strip() == "*":
        return Condition(is_any=True)
    tags = tuple(_tags(header, value))
    if not tags:
        raise _unreadable(header)
    return Condition(tags)


def _tags(header: str, value: str) -> Iterator[EntityTag]:
    value = value.strip(" \t,")
    position = 0
    while position < len(value):
        if position:
            between = _BETWEEN.match(value, position)
            if between is None:
                raise _unreadable(header)
            position = between.end()
        tag = _TAG.match(value, position)
        if tag is None:
            raise _unreadable(header)
        yield EntityTag(tag[2], is_weak=tag[1] is not None)
        position = tag.end()


def _unreadable(header: str) -> Problem:
    return Problem(
        kinds.BAD_PRECONDITION,
        f'{header} must be *, or entity tags in double quotes: {header}: "…".',
    )
