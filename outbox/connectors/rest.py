"""A remote with a JSON REST API: POST to create, PATCH to update, DELETE, all by business key.

Each is answered with the record; a delete with 204 as well, or with anything where a look-up (GET)
then finds no record.

Sent with each write: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and
`Outbox-Sequence`, which lets a remote that keeps it refuse an older write after a newer one. Both
are offers: nothing here is repeated because a remote is thought to keep them.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from outbox.connectors.base import Acknowledgement, Connector, Endpoint, Operation, Request
from outbox.connectors.bounded_http import LARGEST_REPLY, BoundedSession, ExchangeError
from outbox.connectors.errors import (
    DeliveryError,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.connectors.exchanges import Reply
from outbox.connectors.replies import Answer, excerpt, judge, refusal
from outbox.connectors.rest_batches import (
    Told,
    batch_of,
    item_of,
    largest_reply,
    outcome_of,
    told_by,
)
from outbox.connectors.rest_writes import METHODS, body_of, entity_path, path_of


class RestConnector(Connector):
    supports_batches: ClassVar[bool] = True

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._session = BoundedSession(
            endpoint.url,
            headers={
                "Authorization": f"Bearer {endpoint.token}",
                "Accept": "application/json",
                "User-Agent": "outbox",
            },
            deadline=endpoint.deadline,
            concurrency=endpoint.concurrency,
        )

    def deliver(self, request: Request) -> Acknowledgement:
        reply = self._send(
            METHODS[request.operation],
            path_of(request),
            headers={
                "Idempotency-Key": request.idempotency_key,
                "Outbox-Sequence": str(request.sequence),
            },
            body=body_of(request),
        )
        if reply.status in (403, 404):
            self._require_well(reply.status)
        outcome = judge(request, Answer.of(reply))
        if not isinstance(outcome, DeliveryError):
            return outcome
        if request.operation == Operation.DELETE and 200 <= reply.status < 300:
            return self._if_deleted(request, outcome)
        raise outcome

    def deliver_batch(self, requests: Sequence[Request]) -> list[Acknowledgement | DeliveryError]:
        items: list[bytes] = []
        unwritable: dict[str, Rejected] = {}
        for request in requests:
            try:
                items.append(item_of(request))
            except Rejected as refused:
                unwritable[request.idempotency_key] = refused
        told = self._send_batch(items) if items else {}
        return [
            unwritable.get(request.idempotency_key) or outcome_of(request, told)
            for request in requests
        ]

    def look_up(self, collection: str, key: str, *, key_field: str) -> Mapping[str, Any] | None:
        reply = self._send("GET", entity_path(collection, key))
        if reply.status == 404:
            self._require_well(404)
            return None
        answer = Answer.of(reply)
        if reply.status != 200:
            raise refusal(answer)
        if answer.values.get(key_field) != key:
            raise OutcomeUnknown(
                f"The look-up was not answered with the record ({key_field} should be {key}).",
                status=200,
                response=answer.text,
            )
        return answer.values

    def ping(self) -> None:
        reply = self._send("GET", "/ping")
        if reply.status in (401, 403):
            raise Misconfigured(
                f"The credentials are refused ({reply.status}).", status=reply.status
            )
        if reply.status == 404:
            raise Misconfigured("There is no such API at this URL (404).", status=404)
        if not 200 <= reply.status < 300:
            raise refusal(Answer.of(reply))

    def close(self) -> None:
        self._session.close()

    def _if_deleted(self, request: Request, outcome: DeliveryError) -> Acknowledgement:
        """Many remotes answer a delete without showing the record; so does a proxy with a page."""
        try:
            held = self.look_up(request.collection, request.key, key_field=request.key_field)
        except DeliveryError as error:
            raise outcome from error
        if held is not None:
            raise outcome
        return Acknowledgement(status=outcome.status, response=outcome.response)

    def _send_batch(self, items: Sequence[bytes]) -> Told:
        reply = self._send(
            "POST", "/batch", body=batch_of(items), largest_reply=largest_reply(len(items))
        )
        if 200 <= reply.status < 300:
            return told_by(reply)
        if reply.status in (403, 404):
            self._require_well(reply.status)
        if reply.status in (404, 405, 501):
            raise Misconfigured(
                f"The remote takes no batches at /batch ({reply.status}); set batch to 1.",
                status=reply.status,
                response=excerpt(reply.body),
            )
        raise refusal(Answer.of(reply))

    def _require_well(self, status: int) -> None:
        """Where the ping is refused likewise, it is the settings that are wrong, not a record."""
        try:
            self.ping()
        except Misconfigured as error:
            # Some remotes take no ping, or not from us: 403 and 404 to it say no more than that.
            if error.status == status or error.status not in (403, 404):
                raise

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes | None = None,
        largest_reply: int = LARGEST_REPLY,
    ) -> Reply:
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        try:
            return self._session.send(
                method, path, headers=headers, body=body, largest_reply=largest_reply
            )
        except ExchangeError as error:
            if error.sent:
                raise OutcomeUnknown(str(error)) from error
            if isinstance(error.__cause__, ValueError):  # no URL, or no token for a header
                raise Misconfigured(f"Nothing can be sent: {error}") from error
            raise Unavailable(f"Not reachable: {error}") from error
