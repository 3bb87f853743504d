"""Refuses a file that is too large by what its request says of itself, before it is read."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from api.error_pages import is_for_api
from api.problem_kinds import TOO_LARGE
from api.problems import Problem, problem_response

#: What a form adds to its file.
MARGIN: Final = 64 * 1024


class TooLargeMiddleware:
    """Knows the user, and comes before the form is read, which CSRF does just before the view.

    Files are for one page; any other takes no more than a form may have. The API takes no form at
    all, and says so by itself of those that are small enough to be read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.content_type == "multipart/form-data" and _length(request) > _small():
            if is_for_api(request):
                return _refused_by_api(request)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if _length(request) > _limit(request):
                return _refused(request)
        return self.get_response(request)


def _refused(request: HttpRequest) -> HttpResponse:
    context = {"largest": filesizeformat(settings.UPLOAD_MAX_BYTES)}
    response = render(request, "uploads/too_large.html", context, status=413)
    return _last(response)


def _refused_by_api(request: HttpRequest) -> HttpResponse:
    detail = "The body is larger than a request may be."
    return _last(problem_response(Problem(TOO_LARGE, detail), request))


def _last(response: HttpResponse) -> HttpResponse:
    response["Connection"] = "close"  # nobody reads the rest
    return response


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _limit(request: HttpRequest) -> int:
    if request.path == reverse("uploads:new"):
        return int(settings.UPLOAD_MAX_BYTES) + MARGIN
    return _small()


def _small() -> int:
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
