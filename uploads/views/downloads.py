"""Files to take away."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_safe

from records.registry import UnknownRecordType, record_type
from uploads.exporting import refused_rows, template
from uploads.rights import require_upload
from uploads.views.finding import find

CSV = "text/csv; charset=utf-8"


@require_safe
def download_template(request: HttpRequest, name: str) -> HttpResponse:
    try:
        kind = record_type(name)
    except UnknownRecordType as error:
        raise Http404(str(error)) from error
    require_upload(request.user, kind)
    return HttpResponse(
        template(kind),
        content_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{_safe(kind.plural)}.csv"'},
    )


@require_safe
def download_not_saved(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows that were not saved, as a file that can be mended and uploaded again."""
    upload = find(request, pk)
    return StreamingHttpResponse(
        refused_rows(upload),
        content_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="upload-{pk}-not-saved.csv"'},
    )


def _safe(name: str) -> str:
    return get_valid_filename(name)
