"""`python -m benchmarks.sink`: the remote that all contenders deliver to.

Small and fast, so that it is not what is measured; standard library only. It answers as a remote
that the REST connector can speak to, batches included, applies each idempotency key once, and
remembers what it applied. A reply may be held back for some milliseconds, which holds up nobody
else.

    POST   /api/COLLECTION           PATCH, DELETE, GET  /api/COLLECTION/KEY
    POST   /api/batch                GET  /api/ping
    POST   /control/reset {"delay": seconds}   forget everything, and answer so late from now on
    GET    /control/state            how much arrived, and what CPU time this process has used
    POST   /control/ledger {"path": file}      write the ledger, one JSON list a line
"""

import asyncio
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

#: The field that holds the key, by collection.
KEY_FIELDS: Final = {"customers": "customer_no", "products": "item_no"}
ANY_KEY_FIELD: Final = "key"

_REASONS: Final = {
    200: b"OK",
    201: b"Created",
    204: b"No Content",
    207: b"Multi-Status",
    400: b"Bad Request",
    404: b"Not Found",
}


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    #: Without the query; still quoted.
    path: str
    headers: dict[bytes, bytes]
    body: bytes


def parse(buffer: bytearray) -> Request | None:
    """Take the first whole request off the buffer; None where there is none yet.

    Raises ValueError for what no contender sends: a body without a length, rubbish.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = bytes(buffer[:end]).split(b"\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    if b"transfer-encoding" in headers:
        raise ValueError("a body without a length")
    ends_at = end + 4 + int(headers.get(b"content-length", 0))
    if len(buffer) < ends_at:
        return None
    method, target, _ = first.decode("ascii").split(" ")
    request = Request(method, target.partition("?")[0], headers, bytes(buffer[end + 4 : ends_at]))
    del buffer[:ends_at]
    return request


def merge(record: dict[str, Any], body: dict[str, Any]) -> None:
    """The newer value of each field; an object's fields one by one."""
    for name, value in body.items():
        held = record.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            record[name] = held | value
        else:
            record[name] = value


@dataclass(slots=True)
class Remote:
    """What has been applied; the same for all connections."""

    delay: float = 0.0  # seconds
    #: Idempotency key, collection, key, sequence, when it arrived, the body as JSON.
    ledger: list[tuple[str, str, str, int, float, Any]] = field(default_factory=list)
    replies: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    repeats: int = 0
    requests: int = 0

    def reset(self, delay: float) -> None:
        self.delay, self.repeats, self.requests = delay, 0, 0
        self.ledger, self.replies, self.records = [], {}, {}

    def state(self) -> dict[str, Any]:
        return {
            "arrived": len(self.ledger),
            "requests": self.requests,
            "repeats": self.repeats,
            "cpu": time.process_time(),
        }

    def write_ledger(self, path: Path) -> None:
        with path.open("w") as file:
            for row in self.ledger:
                file.write(json.dumps(row, separators=(",", ":")) + "\n")

    def answer(self, request: Request) -> tuple[int, bytes]:
        """Status and body of what is asked of /api."""
        self.requests += 1
        _, _, path = request.path.partition("/api/")
        if request.method == "POST" and path == "batch":
            return self._batch(json.loads(request.body)["items"])
        if request.method == "GET":
            return self._look_up(path)
        return self.write(
            request.method,
            path,
            request.headers.get(b"idempotency-key", b"").decode("ascii"),
            int(request.headers.get(b"outbox-sequence", 0)),
            json.loads(request.body) if request.body else {},
        )

    def write(
        self, method: str, path: str, idempotency_key: str, sequence: int, body: dict[str, Any]
    ) -> tuple[int, bytes]:
        """Apply it, unless it was applied before: then the first reply is given again."""
        known = self.replies.get(idempotency_key) if idempotency_key else None
        if known is not None:
            self.repeats += 1
            return known
        quoted, _, key = path.partition("/")
        collection, key = unquote(quoted), unquote(key)
        key_field = KEY_FIELDS.get(collection, ANY_KEY_FIELD)
        key = key or str(body.get(key_field, ""))
        place = (collection, key)
        self.ledger.append((idempotency_key, collection, key, sequence, time.monotonic(), body))
        if method == "DELETE":
            self.records.pop(place, None)
            reply = (204, b"")
        else:
            record = self.records.get(place)
            if record is None:
                number = len(self.records) + 1
                record = self.records[place] = {"id": f"S-{number}", key_field: key}
            merge(record, body)
            record["sequence"] = sequence
            status = 201 if method == "POST" else 200
            reply = (status, json.dumps(record, separators=(",", ":")).encode())
        if idempotency_key:
            self.replies[idempotency_key] = reply
        return reply

    def _look_up(self, path: str) -> tuple[int, bytes]:
        if path == "ping":
            return 200, b"{}"
        collection, _, key = path.partition("/")
        record = self.records.get((unquote(collection), unquote(key)))
        return (404, b"{}") if record is None else (200, json.dumps(record).encode())

    def _batch(self, items: list[dict[str, Any]]) -> tuple[int, bytes]:
        told = []
        for item in items:
            key = item["idempotency_key"]
            status, body = self.write(
                item["method"],
                item["path"].removeprefix("/"),
                key,
                item.get("sequence", 0),
                item.get("body") or {},
            )
            head = json.dumps({"idempotency_key": key, "status": status}).encode()
            told.append(head[:-1] + b',"body":' + (body or b"{}") + b"}")
        return 207, b'{"items":[' + b",".join(told) + b"]}"


class Connection(asyncio.Protocol):
    """Keep-alive; one request after the other, as all contenders send them."""

    def __init__(self, remote: Remote, loop: asyncio.AbstractEventLoop) -> None:
        self._remote = remote
        self._loop = loop
        self._buffer = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while (request := parse(self._buffer)) is not None:
                self._answer(request)
        except (ValueError, KeyError, TypeError):
            self._transport.write(_reply(400, b"{}"))
            self._transport.close()

    def _answer(self, request: Request) -> None:
        if request.path.startswith("/control/"):
            self._transport.write(_reply(200, _control(self._remote, request)))
            return
        reply = _reply(*self._remote.answer(request))
        if self._remote.delay:
            self._loop.call_later(self._remote.delay, self._transport.write, reply)
        else:
            self._transport.write(reply)


def _control(remote: Remote, request: Request) -> bytes:
    said: dict[str, Any] = json.loads(request.body) if request.body else {}
    match request.path:
        case "/control/reset":
            remote.reset(float(said["delay"]))
        case "/control/ledger":
            remote.write_ledger(Path(said["path"]))
    return json.dumps(remote.state()).encode()


def _reply(status: int, body: bytes) -> bytes:
    head = b"HTTP/1.1 %d %b\r\n" % (status, _REASONS[status])
    if status == 204:
        return head + b"\r\n"
    return head + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


async def serve() -> None:
    """On a port of 127.0.0.1 that is said on standard output, until SIGTERM."""
    loop = asyncio.get_running_loop()
    remote, stop = Remote(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: Connection(remote, loop), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
