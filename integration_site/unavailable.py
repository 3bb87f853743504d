"""A database that is away or locked: a clear 503, never half a write and no stack trace."""

import logging
import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from api.error_pages import is_for_api
from api.exceptions import AWAY, RETRY_AFTER, problem_of
from api.problems import problem_response

logger = logging.getLogger(__name__)


class DatabaseUnavailableMiddleware:
    """Answers for views, in development too; `server_error` answers for the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if isinstance(error, AWAY) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """The `handler500`.

    What fails in a middleware, where sessions are read and written, passes no other middleware:
    Django turns it into a response on the spot.
    """
    error = sys.exc_info()[1]
    if isinstance(error, AWAY):
        return unavailable(request, error)
    if is_for_api(request):
        return problem_response(problem_of(error), request)
    return defaults.server_error(request)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    if is_for_api(request):
        return problem_response(problem_of(error), request)
    logger.error("The database does not answer: %s", error)
    return HttpResponse(
        render_to_string("503.html"), status=503, headers={"Retry-After": str(RETRY_AFTER)}
    )
