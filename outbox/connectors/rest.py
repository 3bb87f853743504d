"""A remote with a JSON REST API: POST to create, PATCH to update, DELETE, all by business key.

Sent with each write: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and
`Outbox-Sequence`, which lets a remote that keeps it refuse an older write after a newer one.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from outbox.connectors.base import Acknowledgement, Connector, Endpoint, Operation, Request
from outbox.connectors.bounded_http import BoundedSession, ExchangeError, Reply
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)

METHODS = {Operation.CREATE: "POST", Operation.UPDATE: "PATCH", Operation.DELETE: "DELETE"}
LONGEST_RETRY_AFTER = 3600.0  # seconds; a remote may ask for more, and is asked again instead


def canonical_json(payload: Mapping[str, Any]) -> bytes:
    """The same payload makes the same bytes: a repeated idempotency key needs them."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


class RestConnector(Connector):
    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._base = endpoint.url.rstrip("/")
        self._session = BoundedSession(deadline=endpoint.deadline, concurrency=endpoint.concurrency)

    def deliver(self, request: Request) -> Acknowledgement:
        path = f"/{quote(request.collection, safe='')}"
        body: bytes | None = None
        if request.operation != Operation.CREATE:
            path += f"/{quote(request.key, safe='')}"
        if request.operation != Operation.DELETE:
            body = _body(request)
        reply = self._send(
            METHODS[request.operation],
            path,
            {
                "Idempotency-Key": request.idempotency_key,
                "Outbox-Sequence": str(request.sequence),
            },
            body,
        )
        if 200 <= reply.status < 300:
            return self._acknowledged(request, reply)
        if reply.status == 404 and request.operation == Operation.DELETE:
            return Acknowledgement(status=404, response=_text(reply))
        if reply.status in (409, 412) and _json_object(reply).get("sequence") == request.sequence:
            # The remote holds exactly this version: an earlier try of it was applied.
            return Acknowledgement(status=reply.status, response=_text(reply))
        if reply.status in (403, 404):
            self._require_well(reply.status)
        raise refusal(reply)

    def look_up(self, collection: str, key: str) -> Mapping[str, Any] | None:
        reply = self._send("GET", f"/{quote(collection, safe='')}/{quote(key, safe='')}")
        if reply.status == 404:
            return None
        values = _json_object(reply)
        if reply.status != 200:
            raise refusal(reply)
        if not values:
            raise OutcomeUnknown("The look-up was answered with no JSON object.", status=200)
        return values

    def ping(self) -> None:
        reply = self._send("GET", "/ping")
        if reply.status in (401, 403):
            raise Misconfigured(
                f"The credentials are refused ({reply.status}).", status=reply.status
            )
        if reply.status == 404:
            raise Misconfigured("There is no such API at this URL (404).", status=404)
        if not 200 <= reply.status < 300:
            raise refusal(reply)

    def _require_well(self, status: int) -> None:
        """Where the ping is answered likewise, it is the settings that are wrong, not a record."""
        try:
            self.ping()
        except Misconfigured as error:
            if error.status == status or error.status == 401:
                raise

    def close(self) -> None:
        self._session.close()

    def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        everywhere = {
            "Authorization": f"Bearer {self.endpoint.token}",
            "Accept": "application/json",
            "User-Agent": "outbox",
        }
        if body is not None:
            everywhere["Content-Type"] = "application/json"
        try:
            return self._session.send(
                method, self._base + path, everywhere | dict(headers or {}), body
            )
        except ExchangeError as error:
            if error.sent:
                raise OutcomeUnknown(str(error)) from error
            if isinstance(error.__cause__, ValueError):  # no URL, or no token for a header
                raise Misconfigured(f"Nothing can be sent: {error}") from error
            raise Unavailable(f"Not reachable: {error}") from error

    @staticmethod
    def _acknowledged(request: Request, reply: Reply) -> Acknowledgement:
        values = _json_object(reply)
        if request.operation == Operation.DELETE:
            return Acknowledgement(status=reply.status, response=_text(reply))
        if values.get(request.key_field) != request.key:
            raise OutcomeUnknown(
                f"Answered {reply.status}, but not with the record "
                f"({request.key_field} should be {request.key}).",
                status=reply.status,
                response=_text(reply),
            )
        return Acknowledgement(
            status=reply.status,
            external_id=str(values.get("id", "")),
            values=values,
            response=_text(reply),
        )


def _body(request: Request) -> bytes:
    try:
        return canonical_json(request.payload)
    except (ValueError, TypeError) as error:
        raise Rejected(f"The message cannot be written as JSON: {error}") from error


def refusal(reply: Reply) -> DeliveryError:
    """What a reply that is no success means; RFC 9110 and RFC 6585 for the statuses."""
    status, response = reply.status, _text(reply)
    said = _json_object(reply).get("detail") or f"Answered with status {status}."
    detail = str(said)
    if status == 401:
        return Misconfigured("The credentials are refused (401).", status=401, response=response)
    if status < 400:
        return Misconfigured(
            f"Answered with a redirect ({status}), which is not followed: the URL is wrong.",
            status=status,
            response=response,
        )
    if status in (429, 503):
        return Unavailable(
            detail,
            status=status,
            response=response,
            maybe_applied=status == 503,
            retry_after=_retry_after(reply),
        )
    if status in (408, 425) or status >= 500:
        return Failed(detail, status=status, response=response)
    return Rejected(detail, status=status, response=response, conflict=status in (409, 412))


def _text(reply: Reply) -> str:
    return reply.body[:4000].decode("utf-8", "replace").replace("\x00", "�")


def _json_object(reply: Reply) -> dict[str, Any]:
    """The body as an object; empty where it is anything else."""
    try:
        parsed = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _retry_after(reply: Reply) -> float | None:
    """Seconds, from either form of Retry-After (RFC 9110, 10.2.3), within bounds."""
    raw = reply.headers.get("Retry-After", "").strip()
    if raw.isascii() and raw.isdigit():
        return min(float(raw[:12]), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(raw)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    seconds = (until - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
