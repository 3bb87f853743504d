"""The pages of uploads: history, a new one, and one page that follows it from check to result."""

from uploads.views.deciding import cancel, check_anew, confirm
from uploads.views.downloads import download_not_saved, download_template
from uploads.views.history import show_history
from uploads.views.receiving import receive_file
from uploads.views.showing import show_progress, show_upload

__all__ = [
    "cancel",
    "check_anew",
    "confirm",
    "download_not_saved",
    "download_template",
    "receive_file",
    "show_history",
    "show_progress",
    "show_upload",
]
