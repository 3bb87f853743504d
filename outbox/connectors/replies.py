"""What a remote's answer means: an acknowledgement, or what a sender may do next.

RFC 9110 and RFC 6585 for the statuses.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from outbox.connectors.base import Acknowledgement, Operation, Request, id_told
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.connectors.exchanges import Reply

LONGEST_RETRY_AFTER = 3600.0  # seconds; a remote may ask for more, and is asked again instead
LONGEST_EXCERPT = 4000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was said to one request, which came alone or in a batch."""

    status: int
    #: The body where it is a JSON object; empty where it is anything else.
    values: Mapping[str, Any] = field(default_factory=dict)
    #: How the body begins, for people.
    text: str = ""
    #: Seconds that the remote asked us to wait.
    retry_after: float | None = None

    @classmethod
    def of(cls, reply: Reply) -> "Answer":
        return cls(
            status=reply.status,
            values=json_object(reply.body),
            text=excerpt(reply.body),
            retry_after=_retry_after(reply.headers.get("Retry-After", "").strip()),
        )


def judge(request: Request, answer: Answer) -> Acknowledgement | DeliveryError:
    """What the answer says of the request."""
    status = answer.status
    if 200 <= status < 300:
        return _acknowledged(request, answer)
    is_gone = status in (404, 410) and request.operation == Operation.DELETE
    # The remote holds exactly this version: an earlier try of it was applied.
    is_held = status in (409, 412) and answer.values.get("sequence") == request.sequence
    if is_gone or is_held:
        return Acknowledgement(status=status, response=answer.text)
    return refusal(answer)


def refusal(answer: Answer) -> DeliveryError:
    """What an answer that is no success means, whatever was asked for."""
    status, response = answer.status, answer.text
    detail = str(answer.values.get("detail") or f"Answered with status {status}.")
    if status == 401:
        return Misconfigured("The credentials are refused (401).", status=401, response=response)
    if status < 400:
        return Misconfigured(
            f"Answered with a redirect ({status}), which is not followed: the URL is wrong.",
            status=status,
            response=response,
            maybe_applied=True,  # some remotes answer so once they have
        )
    if status in (429, 503):
        return Unavailable(
            detail,
            status=status,
            response=response,
            maybe_applied=status == 503,
            retry_after=answer.retry_after,
            asks_to_wait=status == 429,
        )
    if status in (408, 425) or status >= 500:
        return Failed(detail, status=status, response=response)
    return Rejected(detail, status=status, response=response, conflict=status in (409, 412))


def json_object(body: bytes) -> dict[str, Any]:
    """The body as an object; empty where it is anything else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def excerpt(body: bytes) -> str:
    """How a body begins, for people."""
    return body[:LONGEST_EXCERPT].decode("utf-8", "replace").replace("\x00", "�")


def _acknowledged(request: Request, answer: Answer) -> Acknowledgement | OutcomeUnknown:
    values = answer.values
    if request.operation == Operation.DELETE and answer.status == HTTPStatus.NO_CONTENT:
        return Acknowledgement(status=answer.status)
    if values.get(request.key_field) != request.key:
        return OutcomeUnknown(
            f"Answered {answer.status}, but not with the record "
            f"({request.key_field} should be {request.key}).",
            status=answer.status,
            response=answer.text,
        )
    return Acknowledgement(
        status=answer.status,
        external_id=id_told(values),
        values=values,
        response=answer.text,
    )


def _retry_after(raw: str) -> float | None:
    """Seconds, from either form of Retry-After (RFC 9110, 10.2.3), within bounds."""
    if raw.isascii() and raw.isdigit():
        return min(float(raw[:12]), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(raw)
    except (ValueError, OverflowError):  # the latter for an impossible time zone
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    seconds = (until - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
