"""The one write door: everything that changes a record is one of these."""

from records.actions.create import create_record
from records.actions.delete import delete_record
from records.actions.edit import Edit
from records.actions.receive import receive_remote_values
from records.actions.update import update_record

__all__ = ["Edit", "create_record", "delete_record", "receive_remote_values", "update_record"]
