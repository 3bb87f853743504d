"""Refusals of the write door as problems."""

from collections.abc import Mapping
from typing import Any, Final

from api import problem_kinds as kinds
from api.problem_kinds import ProblemKind
from api.problems import FieldError, Problem, pointer
from records import errors
from records.errors import RecordInvalid

#: What a refusal is for the client, and the code of its errors; the first that fits.
_REFUSALS: Final[Mapping[type[RecordInvalid], tuple[ProblemKind, str]]] = {
    errors.KeyTaken: (kinds.KEY_TAKEN, "key_taken"),
    errors.KeyIsFixed: (kinds.KEY_IS_FIXED, "key_is_fixed"),
    errors.FieldOwnedElsewhere: (kinds.OWNED_ELSEWHERE, "owned_elsewhere"),
    errors.UnknownField: (kinds.INVALID, "unknown_field"),
    errors.RemoteCannotTake: (kinds.INVALID, "remote_cannot_take"),
    errors.RecordInvalid: (kinds.INVALID, "invalid"),
}


def refused(refusal: RecordInvalid, values: Mapping[str, Any]) -> Problem:
    """`values`: what was sent, by which a missing value is told from a wrong one."""
    kind, code = next(said for error, said in _REFUSALS.items() if isinstance(refusal, error))
    return Problem(
        kind,
        str(refusal),
        errors=[
            FieldError(
                pointer=pointer(name) if name else "",
                code="required" if code == "invalid" and _is_blank(name, values) else code,
                detail=message,
            )
            for name, messages in refusal.errors.items()
            for message in messages
        ],
    )


def _is_blank(name: str, values: Mapping[str, Any]) -> bool:
    value = values.get(name)
    return bool(name) and (value is None or (isinstance(value, str) and not value.strip()))
