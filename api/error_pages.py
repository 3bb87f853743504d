"""What fails before a view is found, or outside one: problems under /api/, pages elsewhere."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import defaults

from api.exceptions import problem_of
from api.problems import problem_response


def is_for_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_for_api(request):
        return problem_response(problem_of(exception), request)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_for_api(request):
        return problem_response(problem_of(exception), request)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_for_api(request):
        return problem_response(problem_of(exception), request)
    return defaults.page_not_found(request, exception)
