"""Reading the state of the switches from JSON."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields

from demo_remote.faults import Faults
from demo_remote.message import Refusal

MAX_SLOW_SECONDS = 600


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_seconds(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value <= MAX_SLOW_SECONDS


def _is_key(value: object) -> bool:
    return value is None or (isinstance(value, str) and value != "")


def _is_times(value: object) -> bool:
    return value is None or (isinstance(value, int) and value is not True and value > 0)


_Rule = tuple[Callable[[object], bool], str]

_BOOLEAN: _Rule = (_is_boolean, "true or false")
_OTHERS: Mapping[str, _Rule] = {
    "slow_seconds": (_is_seconds, f"a number from 0 to {MAX_SLOW_SECONDS}"),
    "key": (_is_key, "text, not empty, or null"),
    "times": (_is_times, "a positive whole number or null"),
}
_RULES = {item.name: _OTHERS.get(item.name, _BOOLEAN) for item in fields(Faults)}


def parse_faults(members: Mapping[str, object]) -> Faults:
    """Missing members are off. Raises Refusal 400 for an unknown member or a wrong type."""
    for name, value in members.items():
        if name not in _RULES:
            raise Refusal(400, "bad_faults", f"There is no switch {name}.", field=name)
        fits, rule = _RULES[name]
        if not fits(value):
            raise Refusal(400, "bad_faults", f"{name} must be {rule}.", field=name)
    return Faults(**members)  # type: ignore[arg-type]  # each member has been checked
