"""The page of an upload, and the part of it that renews itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from records.registry import UnknownRecordType
from uploads.columns import left_out
from uploads.exporting import doubles, not_saved, told_of_doubles
from uploads.first_row import first_row
from uploads.fixed_values import told
from uploads.models import State, Upload
from uploads.preview import Preview
from uploads.progress import bars, delivery_of, poll_seconds
from uploads.reading_form import ReadingForm
from uploads.rights import may_decide, may_stop
from uploads.same_reason import same_reason
from uploads.views.finding import find


@require_safe
def show_upload(request: HttpRequest, pk: int) -> HttpResponse:
    return render_upload(request, find(request, pk))


@require_safe
def show_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Once it is at another stage, the whole page is another: then the browser loads it anew."""
    upload = find(request, pk)
    response = render(request, "uploads/_progress.html", _live(upload))
    if request.GET.get("state") != upload.state:
        response["HX-Refresh"] = "true"
    return response


def render_upload(
    request: HttpRequest, upload: Upload, *, form: ReadingForm | None = None
) -> HttpResponse:
    """`form`: of what somebody chose that cannot be."""
    context = _live(upload) | {
        "may_decide": may_decide(request.user, upload),
        "may_stop": may_stop(request.user, upload),
    }
    try:
        context["plural"] = upload.kind.plural
    except UnknownRecordType:
        return render(request, "uploads/detail.html", context | {"plural": upload.record_type})
    if upload.can_be_checked_anew and context["may_decide"]:
        context["form"] = form or ReadingForm(upload=upload)
        context["examples"] = _examples(upload, context["form"])
    context["left_out"] = left_out(upload) if upload.columns else []
    if upload.state in (State.READY, State.DONE, State.CANCELLED, State.FAILED):
        context |= _rows(request, upload)
    if upload.state == State.READY:
        context["twin"] = _saved_before(upload)
        context["fixed"] = told(upload)
        context["same_reason"] = same_reason(upload)
    return render(request, "uploads/detail.html", context)


def _live(upload: Upload) -> dict[str, Any]:
    delivery = delivery_of(upload)
    return {
        "upload": upload,
        "delivery": delivery,
        "bars": bars(upload, delivery),
        "poll_seconds": poll_seconds(upload, delivery),
    }


def _rows(request: HttpRequest, upload: Upload) -> dict[str, Any]:
    has_not_saved = upload.state != State.READY and not_saved(upload).exists()
    preview = Preview(upload, show=request.GET.get("show", ""))
    page = preview.page(request.GET.get("page"))
    return {
        "preview": preview,
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(
            page.number, on_each_side=1, on_ends=1
        ),
        "rows": preview.rows(page),
        "is_forgotten": upload.forgotten_at is not None,
        "has_not_saved": has_not_saved,
        "not_in_it": told_of_doubles(doubles(upload)) if has_not_saved else "",
    }


def _examples(upload: Upload, form: ReadingForm) -> list[tuple[Any, str]]:
    """Each column's choice with what the first row has in it."""
    first = first_row(upload)
    return [
        (field, first[number] if number < len(first) else "")
        for number, field in enumerate(form.column_fields)
    ]


def _saved_before(upload: Upload) -> Upload | None:
    """Another upload of the very same file that was confirmed."""
    return (
        Upload.objects.filter(
            record_type=upload.record_type, sha256=upload.sha256, confirmed_at__isnull=False
        )
        .exclude(pk=upload.pk)
        .order_by("-id")
        .first()
    )
