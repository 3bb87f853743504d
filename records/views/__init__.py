"""The pages of all record types; which type it is comes with the URL, as `pages`."""

from records.views.deleting import delete
from records.views.detail import show_badge, show_record, show_timeline
from records.views.editing import create, edit
from records.views.listing import list_records, show_badges

__all__ = [
    "create",
    "delete",
    "edit",
    "list_records",
    "show_badge",
    "show_badges",
    "show_record",
    "show_timeline",
]
