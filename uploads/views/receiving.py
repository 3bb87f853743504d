"""A new upload: what it holds, and the file."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.http import require_http_methods

from uploads.errors import UnusableFile
from uploads.forms import UploadForm
from uploads.models import Upload
from uploads.receiving import check_in_background, receive
from uploads.rights import require_upload, require_upload_of_some


@require_http_methods(["GET", "HEAD", "POST"])
def receive_file(request: HttpRequest) -> HttpResponse:
    kinds = require_upload_of_some(request.user)
    asked_for = request.GET.get("type", "")
    form = UploadForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        kinds=kinds,
        initial={"record_type": asked_for},
    )
    if form.is_bound and form.is_valid():
        try:
            return redirect("uploads:detail", _keep(request, form).pk)
        except UnusableFile as error:
            form.add_error("file", str(error))
    context = {"form": form, "kinds": kinds, "largest": filesizeformat(settings.UPLOAD_MAX_BYTES)}
    return render(request, "uploads/new.html", context)


def _keep(request: HttpRequest, form: UploadForm) -> Upload:
    """Raises UnusableFile."""
    kind, file = form.cleaned_data["record_type"], form.cleaned_data["file"]
    require_upload(request.user, kind)
    upload = receive(
        kind,
        file.chunks(),
        file_name=file.name or "",
        actor=request.user.get_username(),
        uploaded_by=request.user,
    )
    check_in_background(upload)
    return upload
