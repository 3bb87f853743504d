"""One request and its reply, over a connection that urllib3 keeps in a pool.

The request comes written as it is sent, and the reply is read by the standard library's parser.
So nothing here follows a redirect, repeats a request or keeps a cookie.
"""

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPMessage, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import SSLError
from urllib3.util.connection import create_connection
from urllib3.util.ssl_match_hostname import CertificateError

from outbox.connectors.elapsed import elapsed


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: HTTPMessage
    body: bytes


class Exchange:
    """One request under way: which socket it uses, and when its time is over."""

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at
        self.sent = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def uses(self, sock: Any) -> None:
        with self._lock:
            self._socket = sock

    def expire(self) -> None:
        with self._lock:
            if self._socket is not None:
                with suppress(OSError):  # closed already
                    # Not SSLSocket's own shutdown: it drops the TLS state under the reader.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def finish(self) -> None:
        """From here on the socket may serve another request."""
        with self._lock:
            self._socket = None


class _FinalResponse(HTTPResponse):
    """Reads past every interim reply (RFC 9110, 15.2); the standard library knows 100 only."""

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, HTTPStatus.CONTINUE if 100 < status < 200 else status, reason


class _ServesExchange:
    """Uses the time of the exchange, and tells it the socket and when a byte is about to leave.

    Mixed into urllib3's connections, whose methods the type checker cannot see from here.
    """

    exchange: Exchange
    sock: Any
    port: int
    timeout: Any
    socket_options: Any
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        sock = _connected(self._dns_host, self.port, self.exchange.ends_at, self.socket_options)
        sock.settimeout(self.timeout)
        self.exchange.uses(sock)
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        self.exchange.uses(self.sock)
        if elapsed() >= self.exchange.ends_at:
            raise TimeoutError  # the host's name was long looked up: nothing may leave so late
        self.exchange.sent = True
        super().send(data)  # type: ignore[misc]

    def ask(self, method: str, request: bytes, largest_reply: int) -> Reply:
        """Send what is written, and read the reply."""
        try:
            self.send(request)
        except (BrokenPipeError, ConnectionResetError):
            if not self.exchange.sent:
                raise
            # The remote may have answered before it had read everything: "too large", say.
        with _FinalResponse(self.sock, method=method) as response:
            response.begin()
            body = _body_of(response, largest_reply)
        if response.will_close:
            self.close()  # type: ignore[attr-defined]
        return Reply(response.status, response.headers, body)


def _connected(host: str, port: int, ends_at: float, options: Any) -> socket.socket:
    """The addresses of the host share the time that is left; urllib3 gives all of it to each."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for untried, (*_, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        share = (ends_at - elapsed()) / untried
        if share <= 0:
            break
        try:
            return create_connection((str(address[0]), port), share, socket_options=options)
        except OSError:
            if untried == 1:
                raise
    raise TimeoutError


def _body_of(response: HTTPResponse, largest: int) -> bytes:
    """Decompressed. Raises ValueError where it is larger, IncompleteRead where it was cut off."""
    body = response.read(largest + 1)
    if response.length and len(body) <= largest:
        raise IncompleteRead(body, response.length)
    encodings = ", ".join(response.headers.get_all("Content-Encoding", ()))
    if encodings:
        packed = urllib3.HTTPResponse(
            BytesIO(body), {"Content-Encoding": encodings}, preload_content=False
        )
        body = packed.read(largest + 1, decode_content=True)
    if len(body) > largest:
        raise ValueError(f"The reply is larger than {largest} bytes")
    return body


class _Connection(_ServesExchange, HTTPConnection):
    pass


class _TlsConnection(_ServesExchange, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except (ssl.SSLError, CertificateError) as error:
            raise SSLError(error) from error  # a bad certificate is a ValueError as well


class _LendsConnections:
    """Mixed into urllib3's pools."""

    def ask(self, exchange: Exchange, method: str, request: bytes, largest_reply: int) -> Reply:
        """Over a connection of the pool, which gets it back unless anything went wrong."""
        connection = self._get_conn()  # type: ignore[attr-defined]
        connection.exchange = exchange
        try:
            reply: Reply = connection.ask(method, request, largest_reply)
            return reply
        except BaseException:
            connection.close()
            raise
        finally:
            exchange.finish()  # before the pool may lend the socket to another
            self._put_conn(connection)  # type: ignore[attr-defined]


class Pool(_LendsConnections, HTTPConnectionPool):
    ConnectionCls = _Connection


class TlsPool(_LendsConnections, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Adapter(HTTPAdapter):
    def __init__(self, *, deadline: float, concurrency: int) -> None:
        self._deadline = deadline
        super().__init__(pool_connections=1, pool_maxsize=concurrency)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, timeout=self._deadline, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

    def pool_for(self, request: requests.PreparedRequest) -> Pool | TlsPool:
        """Raises ValueError where the URL is none."""
        pool: Any = self.get_connection_with_tls_context(request, verify=True)
        self.cert_verify(pool, request.url or "", verify=True, cert=None)  # type: ignore[no-untyped-call]
        return pool  # type: ignore[no-any-return]
