"""Deleting a record, once the person has confirmed it."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from outbox.conf import destination
from records.actions import delete_record
from records.context import EditContext, Source
from records.errors import RecordMissing, StaleRecord
from records.models import Record
from records.pages import RecordPages
from records.views.finding import find, show_missing
from records.views.rights import requires


class DeleteForm(forms.Form):
    #: The version that the person saw when they confirmed.
    seen_version = forms.IntegerField(widget=forms.HiddenInput)


@requires("delete")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pages: RecordPages, pk: UUID) -> HttpResponse:
    record = find(pages, pk)
    if record is None:
        return show_missing(request, pages, pk)
    form = DeleteForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return _confirm(request, pages, record)
    context = EditContext(
        actor=request.user.get_username(), source=Source.FORM, reference=uuid4().hex
    )
    try:
        delete_record(
            pages.record_type,
            record.key,
            context=context,
            expected_version=form.cleaned_data["seen_version"],
        )
    except StaleRecord:
        record = find(pages, pk)
        if record is not None:
            return _confirm(request, pages, record, is_stale=True)
        return show_missing(request, pages, pk)
    except RecordMissing:
        return show_missing(request, pages, pk)
    messages.success(
        request,
        format_html(
            'Deleted here: {} {}. <a href="{}">See whether the delete has arrived.</a>',
            pages.title,
            record.key,
            pages.url("detail", pk),
        ),
    )
    return redirect(pages.list_url)


def _confirm(
    request: HttpRequest, pages: RecordPages, record: Record, *, is_stale: bool = False
) -> HttpResponse:
    context = {
        "pages": pages,
        "urls": pages.urls(record.pk),
        "record": record,
        "name": getattr(record, "name", ""),
        "remotes": [
            destination(mapping.destination).label for mapping in pages.record_type.mappings
        ],
        "is_stale": is_stale,
        "form": DeleteForm(initial={"seen_version": record.version}),
    }
    return render(request, "records/delete.html", context, status=409 if is_stale else 200)
