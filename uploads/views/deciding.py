"""What a person decides on the page of an upload."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from uploads import deciding
from uploads.models import State
from uploads.reading_form import ReadingForm
from uploads.rights import require_stop
from uploads.views.finding import find, find_to_decide
from uploads.views.showing import render_upload

_TOO_LATE = (
    "This upload has been checked anew or decided upon since you opened the page. Look again."
)


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    upload = find_to_decide(request, pk)
    check_number = request.POST.get("check_number", "")
    seen = int(check_number) if check_number.isdecimal() and len(check_number) < 10 else -1
    if not deciding.confirm(upload, check_number=seen):
        messages.warning(request, _TOO_LATE)
    return redirect("uploads:detail", pk)


@require_POST
def check_anew(request: HttpRequest, pk: int) -> HttpResponse:
    upload = find_to_decide(request, pk)
    form = ReadingForm(request.POST, upload=upload)
    if not upload.can_be_checked_anew:
        messages.warning(request, _TOO_LATE)
    elif not form.is_valid():
        return render_upload(request, upload, form=form)
    elif not deciding.check_anew(
        upload, check_number=form.cleaned_data["check_number"], **form.how_to_read
    ):
        messages.warning(request, _TOO_LATE)
    return redirect("uploads:detail", pk)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    upload = find(request, pk)
    require_stop(request.user, upload)
    was_saving = upload.state == State.APPLYING
    if not deciding.cancel(upload):
        messages.info(request, "It had ended already.")
    elif was_saving:
        messages.info(request, "Stopped. What had been saved stays.")
    else:
        messages.info(request, "Discarded. Nothing was saved.")
    return redirect("uploads:detail", pk)
