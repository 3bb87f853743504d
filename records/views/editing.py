"""Creating and editing a record in its form."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from records.actions import Edit
from records.context import EditContext, Source
from records.errors import KeyTaken, RecordInvalid, RecordMissing, StaleRecord
from records.forms import RecordForm
from records.models import Change
from records.pages import RecordPages
from records.views.conflict import find_conflict
from records.views.finding import find, show_missing
from records.views.rights import requires


@requires("add")
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, pages: RecordPages) -> HttpResponse:
    form = pages.form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        context = _context_of(request, form)
        try:
            return _show_saved(request, pages, form.save_edit(context))
        except RecordInvalid as refusal:
            twin = _same_submission(pages, form, context)
            if isinstance(refusal, KeyTaken) and twin is not None:
                return redirect(pages.url("detail", twin.record_id))
            form.add_refusal(refusal)
    return _show_form(request, pages, form)


@requires("change")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pages: RecordPages, pk: UUID) -> HttpResponse:
    record = find(pages, pk)
    if record is None:
        return show_missing(request, pages, pk)
    form = pages.form(request.POST if request.method == "POST" else None, instance=record)
    if form.is_bound and form.is_valid():
        context = _context_of(request, form)
        try:
            saved = form.save_edit(context)
        except RecordInvalid as refusal:
            form.add_refusal(refusal)
        except StaleRecord:
            return _show_conflict(request, pages, form)
        except RecordMissing:
            return show_missing(request, pages, pk)
        else:
            if saved.change is None and _same_submission(pages, form, context):
                return redirect(pages.url("detail", pk))
            return _show_saved(request, pages, saved)
    return _show_form(request, pages, form)


def _context_of(request: HttpRequest, form: RecordForm[Any]) -> EditContext:
    submission: UUID = form.cleaned_data.get("submission") or uuid4()
    return EditContext(
        actor=request.user.get_username(), source=Source.FORM, reference=submission.hex
    )


def _same_submission(
    pages: RecordPages, form: RecordForm[Any], context: EditContext
) -> Change | None:
    """The edit that this very form made when it was sent before: a double click, a reload."""
    key = form.instance.key or str(form.cleaned_data.get(pages.record_type.key_field, ""))
    return Change.objects.filter(
        record_type=pages.record_type.name,
        key=key,
        actor=context.actor,
        source=context.source,
        reference=context.reference,
    ).first()


def _show_form(
    request: HttpRequest,
    pages: RecordPages,
    form: RecordForm[Any],
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    urls = {} if form.is_new else pages.urls(form.instance.pk)
    context = {"pages": pages, "form": form, "urls": urls} | more
    return render(request, "records/form.html", context, status=status)


def _show_conflict(request: HttpRequest, pages: RecordPages, form: RecordForm[Any]) -> HttpResponse:
    record = find(pages, form.instance.pk)
    if record is None:
        return show_missing(request, pages, form.instance.pk)
    conflict = find_conflict(pages, form, record)
    again = pages.form(conflict.data, instance=record)
    return _show_form(request, pages, again, status=409, conflict=conflict)


def _show_saved(request: HttpRequest, pages: RecordPages, edit: Edit) -> HttpResponse:
    if edit.change is None:
        messages.info(request, "Nothing was changed.")
    else:
        messages.success(request, f"Saved: {pages.title} {edit.record.key}.")
        for name, warning in edit.warnings.items():
            messages.warning(request, f"{_sentence(pages.label(name))}: {warning}.")
    return redirect(pages.url("detail", edit.record.pk))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
