"""HTTP requests with a total deadline and a bounded reply, on connections of `requests`.

A read timeout starts anew with every byte, so a remote that drips can hold a sender for ever. Here
a watchdog shuts the socket of a request whose time is over.

`requests` says once how the remote is reached, whose certificates are trusted, and what is the same
in each request. The request itself is written and sent right here: `Session.send` takes several
times the CPU. Nothing looks into the environment for proxies or passwords.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException

import requests
from requests.utils import check_header_validity, default_headers
from urllib3.connection import port_by_scheme
from urllib3.exceptions import HTTPError

from outbox.connectors.elapsed import elapsed
from outbox.connectors.exchanges import Adapter, Exchange, Pool, Reply, TlsPool

LARGEST_REPLY = 1024 * 1024  # bytes, decompressed
CHECK_EVERY = 0.1  # seconds between two looks of the watchdog


class ExchangeError(Exception):
    """No whole reply came. `sent`: whether any byte of the request may have left this host."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class _Remote:
    """What all requests have in common."""

    pool: Pool | TlsPool
    path: str
    #: With the host, as they are sent.
    headers: str

    def written(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> bytes:
        """As it is sent (RFC 9112). Raises ValueError where it would be no request, or another."""
        if not (path.isascii() and path.isprintable()) or " " in path:
            raise ValueError(f"Not quoted: {path!r}")
        for header in headers.items():
            check_header_validity(header)
        head = f"{method} {self.path}{path} HTTP/1.1\r\n{self.headers}{_lines(headers)}"
        if method != "GET":
            head += f"Content-Length: {len(body or b'')}\r\n"
        return f"{head}\r\n".encode("latin-1") + (body or b"")


def _lines(headers: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])


def _host_of(pool: Pool | TlsPool) -> str:
    """As in the Host header."""
    host = pool.host.rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return host if pool.port == port_by_scheme[pool.scheme] else f"{host}:{pool.port}"


class BoundedSession:
    """One remote. Shared by sender threads; keeps up to `concurrency` connections open."""

    def __init__(
        self, url: str, *, headers: Mapping[str, str], deadline: float, concurrency: int
    ) -> None:
        self._url = url
        #: Those of each request.
        self._headers = headers
        self._deadline = deadline
        self._adapter = Adapter(deadline=deadline, concurrency=concurrency)
        self._under_way: set[Exchange] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, name="http-deadline", daemon=True).start()

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        largest_reply: int = LARGEST_REPLY,
    ) -> Reply:
        """`path`: below the remote's URL, quoted.

        Raises ExchangeError where no whole reply came within the deadline.
        """
        exchange = Exchange(elapsed() + self._deadline)
        with self._lock:
            self._under_way.add(exchange)
        try:
            request = self._remote.written(method, path, headers, body)
            reply = self._remote.pool.ask(exchange, method, request, largest_reply)
            if elapsed() >= exchange.ends_at:
                raise TimeoutError  # a head that was cut off looks whole to the parser
            return reply
        except (HTTPException, HTTPError, OSError, ValueError) as error:
            if elapsed() >= exchange.ends_at:
                detail = f"No whole reply within {self._deadline:g} s"
                raise ExchangeError(detail, sent=exchange.sent) from error
            raise ExchangeError(_in_words(error), sent=exchange.sent) from error
        finally:
            with self._lock:
                self._under_way.discard(exchange)

    def close(self) -> None:
        self._stopped.set()
        if "_remote" in vars(self):
            self._remote.pool.close()

    @cached_property
    def _remote(self) -> _Remote:
        """Raises ValueError where the URL is none, or a header cannot be sent."""
        request = requests.Request(
            "GET", self._url, headers={**default_headers(), **self._headers}
        ).prepare()
        pool = self._adapter.pool_for(request)
        headers = {"Host": _host_of(pool), **request.headers}
        return _Remote(pool, request.path_url.rstrip("/"), _lines(headers))

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
