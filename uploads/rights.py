"""Who may upload what, and who may look at uploads."""

from collections.abc import Sequence
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied

from accounts.rights import NotAllowed, Person, require_right
from records.registry import RecordType, UnknownRecordType, record_types
from uploads.models import Upload

#: Sees every upload, of any record type.
VIEW: Final = "uploads.view_upload"

#: The actor of an upload by command that was given nobody's name. No account is called so there,
#: so one that is gone by now can be told from none.
COMMAND: Final = "import_csv"


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


def why_not(user: AbstractUser, kind: RecordType) -> str:
    """Why that person may not upload such records; "" where nothing is in the way."""
    if not user.is_active:
        return f"The account of {user.get_username()} is switched off."
    if not user.has_perm(kind.right("upload")):
        return f"{user.get_username()} may not upload {kind.plural} now."
    return ""


def require_upload_of_some(user: Person) -> Sequence[RecordType]:
    """The record types that the person may upload. Raises NotAllowed where there are none."""
    if not (kinds := uploadable_types(user)):
        for kind in record_types():
            require_right(user, kind.right("upload"), doing="upload records")
        raise PermissionDenied("There is nothing that could be uploaded.")
    return kinds


def require_stop(user: Person, upload: Upload) -> None:
    """Raises NotAllowed, or PermissionDenied where nobody may."""
    if may_stop(user, upload):
        return
    try:
        right = upload.kind.right("upload")
    except UnknownRecordType as error:
        raise PermissionDenied(str(error)) from error
    raise NotAllowed(right, doing="stop this upload")


def may_stop(user: Person, upload: Upload) -> bool:
    """Whoever may upload such records, in case the person who did has gone home."""
    try:
        return bool(user.has_perm(upload.kind.right("upload")))
    except UnknownRecordType:
        return False


def may_decide(user: Person, upload: Upload) -> bool:
    """The rows are saved in the name of the person who uploaded them, so nobody else confirms."""
    return upload.uploaded_by_id == user.pk and may_stop(user, upload)
