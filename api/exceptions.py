"""From any exception to a problem: what was raised while a request was answered."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions

from api import problem_kinds as kinds
from api.problem_kinds import ProblemKind
from api.problems import Problem, problem_response
from api.request_id import request_id_of

logger = logging.getLogger(__name__)

RETRY_AFTER: Final = 5  # seconds
AWAY: Final = (OperationalError, InterfaceError)
_UNREADABLE: Final = (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError)

_KINDS: Final[Mapping[type[exceptions.APIException], ProblemKind]] = {
    exceptions.ParseError: kinds.MALFORMED,
    exceptions.NotAuthenticated: kinds.NOT_AUTHENTICATED,
    exceptions.AuthenticationFailed: kinds.NOT_AUTHENTICATED,
    exceptions.PermissionDenied: kinds.NOT_ALLOWED,
    exceptions.NotFound: kinds.NOT_FOUND,
    exceptions.MethodNotAllowed: kinds.METHOD_NOT_ALLOWED,
    exceptions.NotAcceptable: kinds.NOT_ACCEPTABLE,
    exceptions.UnsupportedMediaType: kinds.UNSUPPORTED_MEDIA_TYPE,
    exceptions.Throttled: kinds.TOO_MANY,
}


def answer_exception(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST framework's `EXCEPTION_HANDLER`. A mistake of ours is logged, and answered too."""
    request = context["request"]
    problem = problem_of(error)
    if problem.kind is kinds.INTERNAL_ERROR:
        logger.error("Request %s failed", request_id_of(request), exc_info=error)
    return problem_response(problem, request)


def problem_of(error: BaseException | None) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return Problem(kinds.NOT_FOUND, "There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return Problem(kinds.NOT_ALLOWED, str(error) or kinds.NOT_ALLOWED.title + ".")
    if isinstance(error, RequestDataTooBig):
        return Problem(kinds.TOO_LARGE, "The body is larger than a request may be.")
    if isinstance(error, _UNREADABLE):
        return Problem(kinds.BAD_REQUEST, "The request cannot be read.")
    if isinstance(error, AWAY):
        logger.error("The database does not answer: %s", error)
        return Problem(
            kinds.UNAVAILABLE,
            # It may have committed, and only its reply be lost.
            "The database does not answer just now. Try again in a few seconds. What you were "
            "saving may or may not be saved; sending it again does no harm.",
            headers={"Retry-After": str(RETRY_AFTER)},
        )
    return Problem(kinds.INTERNAL_ERROR, "This is our mistake; it has been logged.")


def _of_framework(error: exceptions.APIException) -> Problem:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(header)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return Problem(_KINDS.get(type(error), kinds.BAD_REQUEST), str(error.detail), headers=headers)
