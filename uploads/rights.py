"""Who may upload what, and who may look at uploads."""

from collections.abc import Sequence
from typing import Final

from accounts.rights import Person, require_right
from records.registry import RecordType, UnknownRecordType, record_types
from uploads.models import Upload

#: Sees every upload, of any record type.
VIEW: Final = "uploads.view_upload"


def uploadable_types(user: Person) -> Sequence[RecordType]:
    return [kind for kind in record_types() if user.has_perm(kind.right("upload"))]


def may_look(user: Person) -> bool:
    return bool(user.has_perm(VIEW) or uploadable_types(user))


def require_look(user: Person) -> None:
    """Raises NotAllowed."""
    if not may_look(user):
        require_right(user, VIEW, doing="see uploads")


def require_upload(user: Person, kind: RecordType) -> None:
    """Raises NotAllowed."""
    require_right(user, kind.right("upload"), doing=f"upload {kind.plural}")


def may_stop(user: Person, upload: Upload) -> bool:
    """Whoever may upload such records, in case the person who did has gone home."""
    try:
        return bool(user.has_perm(upload.kind.right("upload")))
    except UnknownRecordType:
        return False


def may_decide(user: Person, upload: Upload) -> bool:
    """The rows are saved in the name of the person who uploaded them, so nobody else confirms."""
    return upload.uploaded_by_id == user.pk and may_stop(user, upload)
