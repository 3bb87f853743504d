"""Finding the upload that an address names, for somebody who may see it."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from accounts.rights import require_right
from uploads.models import Upload
from uploads.rights import VIEW, may_decide, may_stop


def find(request: HttpRequest, pk: int) -> Upload:
    """Raises Http404 and NotAllowed."""
    upload = Upload.objects.filter(pk=pk).first()
    if upload is None:
        require_right(request.user, VIEW, doing="see uploads")
        raise Http404(f"There is no upload {pk}.")
    if not may_stop(request.user, upload):
        require_right(request.user, VIEW, doing="see uploads")
    return upload


def find_to_decide(request: HttpRequest, pk: int) -> Upload:
    """Of the person who uploaded it. Raises Http404 and NotAllowed."""
    upload = find(request, pk)
    if not may_decide(request.user, upload):
        require_right(request.user, upload.kind.right("upload"), doing="save this upload")
        raise PermissionDenied(
            f"Only {upload.actor}, in whose name the rows are saved, can do this."
        )
    return upload
