"""All uploads, newest first."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from records.registry import record_types
from uploads.models import State, Upload
from uploads.rights import VIEW, require_look, uploadable_types

PAGE_SIZE = 25


@require_safe
def show_history(request: HttpRequest) -> HttpResponse:
    require_look(request.user)
    kinds = uploadable_types(request.user)
    uploads = Upload.objects.exclude(state=State.RECEIVING).order_by("-id")
    if not request.user.has_perm(VIEW):
        uploads = uploads.filter(record_type__in=[kind.name for kind in kinds])
    plurals = {kind.name: kind.plural for kind in record_types()}
    page = Paginator(uploads, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "uploads": [
            (upload, plurals.get(upload.record_type, upload.record_type))
            for upload in page.object_list
        ],
        "page_numbers": page.paginator.get_elided_page_range(
            page.number, on_each_side=1, on_ends=1
        ),
        "may_upload": bool(kinds),
    }
    return render(request, "uploads/history.html", context)
