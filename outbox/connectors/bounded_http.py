"""HTTP requests with a total deadline and a bounded reply, on `requests`.

A read timeout starts anew with every byte, so a remote that drips can hold a sender for ever. Here
a watchdog shuts the socket of a request whose time is over. No redirect is followed (`requests`
would send our headers to the new host), no proxy or credentials come from the environment.
"""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util.connection import create_connection

from outbox.connectors.elapsed import elapsed

LARGEST_REPLY = 1024 * 1024  # bytes, decompressed
CHECK_EVERY = 0.1  # seconds between two looks of the watchdog


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ExchangeError(Exception):
    """No whole reply came. `sent`: whether any byte of the request may have left this host."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.sent = sent


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


_current = threading.local()


class _FinalResponse(HTTPResponse):
    """Reads past every interim reply (RFC 9110, 15.2); the standard library knows 100 only."""

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, HTTPStatus.CONTINUE if 100 < status < 200 else status, reason


class _TracksExchange:
    """Tells the exchange of this thread its socket, and when the first byte is about to leave.

    Mixed into urllib3's connections, whose methods the type checker cannot see from here.
    """

    sock: Any
    port: int
    timeout: Any
    socket_options: Any
    _dns_host: str
    response_class: Any = _FinalResponse

    def _new_conn(self) -> socket.socket:
        exchange: Exchange = _current.exchange
        sock = _connected(self._dns_host, self.port, exchange.ends_at, self.socket_options)
        sock.settimeout(self.timeout)
        exchange.uses(sock)
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        exchange: Exchange = _current.exchange
        exchange.uses(self.sock)
        if elapsed() >= exchange.ends_at:
            raise TimeoutError  # the host's name was long looked up: nothing may leave so late
        exchange.sent = True
        super().send(data)  # type: ignore[misc]


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


class _Connection(_TracksExchange, HTTPConnection):
    pass


class _TlsConnection(_TracksExchange, HTTPSConnection):
    pass


class _GivesBack:
    """Takes the socket from the exchange before the pool may hand it to another request."""

    def _put_conn(self, conn: Any) -> None:
        _current.exchange.finish()
        super()._put_conn(conn)  # type: ignore[misc]


class _Pool(_GivesBack, HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(_GivesBack, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class BoundedSession:
    """Shared by sender threads; keeps up to `concurrency` connections open."""

    def __init__(self, *, deadline: float, concurrency: int) -> None:
        self._deadline = deadline
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(pool_connections=1, pool_maxsize=concurrency)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._under_way: set[Exchange] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, name="http-deadline", daemon=True).start()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        largest_reply: int = LARGEST_REPLY,
    ) -> Reply:
        """Raises ExchangeError where no whole reply came within the deadline."""
        exchange = Exchange(elapsed() + self._deadline)
        _current.exchange = exchange
        with self._lock:
            self._under_way.add(exchange)
        try:
            response = self._session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=self._deadline,
                allow_redirects=False,
                stream=True,
            )
            reply = Reply(
                response.status_code, response.headers, self._read(response, largest_reply)
            )
            if elapsed() >= exchange.ends_at:
                raise TimeoutError  # a head that was cut off looks whole to the parser
            return reply
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if elapsed() >= exchange.ends_at:
                detail = f"No whole reply within {self._deadline:g} s"
                raise ExchangeError(detail, sent=exchange.sent) from error
            raise ExchangeError(_in_words(error), sent=exchange.sent) from error
        finally:
            exchange.finish()
            with self._lock:
                self._under_way.discard(exchange)

    def close(self) -> None:
        self._stopped.set()
        self._session.close()

    @staticmethod
    def _read(response: requests.Response, largest: int) -> bytes:
        chunks, size = [], 0
        while chunk := response.raw.read(64 * 1024, decode_content=True):
            size += len(chunk)
            if size > largest:
                response.close()
                raise ValueError(f"The reply is larger than {largest} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def _watch(self) -> None:
        while not self._stopped.wait(CHECK_EVERY):
            now = elapsed()
            with self._lock:
                late = [exchange for exchange in self._under_way if exchange.ends_at <= now]
            for exchange in late:
                exchange.expire()


def _in_words(error: BaseException) -> str:
    """The innermost cause: "Connection refused" rather than the pool's account of it."""
    while True:
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException):
            break
        error = inner
    return str(error) or type(error).__name__
