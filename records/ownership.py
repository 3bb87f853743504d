"""Ownership: which side decides a field."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from records.registry import RecordType


class Owner(StrEnum):
    LOCAL = "local"
    REMOTE = "remote"


LOCAL, REMOTE = Owner.LOCAL, Owner.REMOTE


def remote_owners(record_type: "RecordType") -> dict[str, str]:
    """Field → the destination that decides it, for the fields that are not decided here."""
    return {
        name: mapping.destination
        for mapping in record_type.mappings
        for name in mapping.remote_owned()
    }
