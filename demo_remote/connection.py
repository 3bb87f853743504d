"""One TCP connection: requests in, replies out, kept alive between them."""

import logging
import socket
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, cast

from demo_remote.batch import BATCH_PATH, MAX_BATCH_BODY
from demo_remote.message import Refusal, Reply, parse_request
from demo_remote.routes import answer

if TYPE_CHECKING:
    from demo_remote.server import RemoteServer

MAX_BODY = 1024 * 1024  # bytes
LINGER_BYTES = 16 * MAX_BODY
LINGER_SECONDS = 2.0

logger = logging.getLogger("demo_remote")


class Connection(BaseHTTPRequestHandler):
    """Reads bodies, writes each reply in one send, and answers every error as JSON."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300  # seconds without a byte before an idle connection is closed

    def _handle(self) -> None:
        try:
            body = self._read_body()
        except Refusal as refusal:
            self._refuse_unread(refusal.reply())
            return
        reply = self._reply(body)
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815

    def _reply(self, body: bytes) -> Reply | None:
        remote = cast("RemoteServer", self.server).remote
        try:
            return answer(remote, parse_request(self.command, self.path, self.headers, body))
        except Refusal as refusal:
            return refusal.reply()
        except Exception:  # a bug of this remote: its sender sees no stack trace
            if remote.stopping.is_set():
                return None
            logger.exception("%s %s", self.command, self.path)
            return Refusal(500, "internal", "The demo remote has a bug.").reply()

    def _read_body(self) -> bytes:
        """Raises Refusal 400, 411, 413 with the body unread; ConnectionError if it is cut."""
        text = self.headers.get("Content-Length")
        if "Transfer-Encoding" in self.headers:
            raise Refusal(411, "length_required", "Send Content-Length, not chunks.")
        if text is None:
            if self.command in ("POST", "PATCH", "PUT"):
                raise Refusal(411, "length_required", "Content-Length is missing.")
            return b""
        if not (text.isascii() and text.isdigit()):
            raise Refusal(400, "bad_request", "Content-Length is no number.")
        most = MAX_BATCH_BODY if self.path.partition("?")[0] == BATCH_PATH else MAX_BODY
        if len(text) > 18 or int(text) > most:
            raise Refusal(413, "too_large", f"A body has at most {most} bytes.")
        body = self.rfile.read(int(text))
        if len(body) < int(text):
            raise ConnectionAbortedError("the body was cut off")
        return body

    def _send(self, reply: Reply) -> None:
        headers: Mapping[str, str] = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
            "X-Content-Type-Options": "nosniff",
            **({"Connection": "close"} if self.close_connection else {}),
            **reply.headers,
        }
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + reply.body)

    def _refuse_unread(self, reply: Reply) -> None:
        """Answer and close, but take what is still being sent: closing at once would reset
        the connection, and the sender would never see the answer.
        """
        self.close_connection = True
        self._send(reply)
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(LINGER_SECONDS)
        end, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
        while left > 0 and time.monotonic() < end:
            chunk = self.rfile.read1(65536)
            if not chunk:
                return
            left -= len(chunk)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class found wrong with the request line or the headers."""
        detail = explain or message or HTTPStatus(code).phrase
        self._refuse_unread(Refusal(code, "bad_request", f"{detail}.").reply())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the page and the ledger tell what happened."""
