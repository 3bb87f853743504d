"""The one write door: everything that changes a record is one of these."""

from records.actions.batch import (
    Expected,
    Prepared,
    Row,
    Saved,
    Seen,
    Verdict,
    prepare_rows,
    save_rows,
)
from records.actions.create import create_record
from records.actions.delete import delete_record
from records.actions.receive import receive_remote_values
from records.actions.update import update_record
from records.actions.writing import Edit

__all__ = [
    "Edit",
    "Expected",
    "Prepared",
    "Row",
    "Saved",
    "Seen",
    "Verdict",
    "create_record",
    "delete_record",
    "prepare_rows",
    "receive_remote_values",
    "save_rows",
    "update_record",
]
