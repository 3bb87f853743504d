"""A proxy between the outbox and a remote. It passes requests on, or goes wrong as a test asks."""

import re
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A whole request as it arrived."""

    raw: bytes

    @property
    def method(self) -> str:
        return self.raw.split(b" ", 1)[0].decode()

    @property
    def target(self) -> str:
        """Such as "/api/customers/ALFKI"."""
        return self.raw.split(b" ", 2)[1].decode()

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def idempotency_key(self) -> str:
        """ "" where it has none."""
        found = re.search(rb"(?i)\r\nidempotency-key: *([^\r]*)", self.raw)
        return found.group(1).decode() if found else ""


class Visit:
    """One request of a client. A fault reads as much of it, and answers as much, as it likes."""

    def __init__(self, proxy: "FaultProxy", client: socket.socket) -> None:
        self._proxy, self.client = proxy, client
        self._arrived = b""
        self._request: SentRequest | None = None
        #: Whether the client may send its next request over the same connection.
        self.stays_open = False

    def head(self) -> bytes:
        """Request line and headers. Raises ConnectionError where the client leaves before."""
        while END_OF_HEAD not in self._arrived:
            self._receive()
        return self._arrived[: self._arrived.index(END_OF_HEAD) + len(END_OF_HEAD)]

    def request(self) -> SentRequest:
        """The whole of it; only then it counts as one that arrived."""
        if self._request is None:
            whole = len(self.head()) + _length(self.head())
            while len(self._arrived) < whole:
                self._receive()
            self._request = SentRequest(self._arrived)
            self._proxy.note(self._request)
        return self._request

    def reply(self) -> bytes:
        """What the remote answers to the request, head and body."""
        with self.connected_to_remote() as remote:
            remote.sendall(self.request().raw)
            return whole_message(remote)

    @contextmanager
    def connected_to_remote(self) -> Iterator[socket.socket]:
        with socket.create_connection(self._proxy.remote, timeout=10) as remote:
            yield remote

    def send(self, data: bytes) -> None:
        self.client.sendall(data)

    def reset(self) -> None:
        """RST rather than FIN."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.close()

    def wait(self, seconds: float | None = None) -> None:
        """For so long, or until the client leaves or the proxy stops."""
        select.select([self.client], [], [], seconds)

    def wait_for_the_end(self) -> None:
        """Of the test, without reading a byte."""
        self._proxy.stopping.wait()

    def _receive(self) -> None:
        data = self.client.recv(64 * 1024)
        if not data:
            raise ConnectionAbortedError("The client has left.")
        self._arrived += data


Fault = Callable[[Visit], None]


def passes_on(visit: Visit) -> None:
    """No fault."""
    visit.send(visit.reply())
    visit.stays_open = True


class FaultProxy:
    """Listens on a port of its own. What arrives is kept, in order, whatever becomes of it."""

    def __init__(self, remote_url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(remote_url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.remote = (parts.hostname, parts.port)
        self.fault: Fault = passes_on
        self.requests: list[SentRequest] = []
        self.connections = 0
        #: Why clients broke off TLS handshakes, such as "TLSV1_ALERT_UNKNOWN_CA".
        self.alerts: list[str] = []
        self.stopping = threading.Event()
        self._tls = tls
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._start(self._accept)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Such as "http://127.0.0.1:8800/api"."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/api"

    @property
    def writes(self) -> list[SentRequest]:
        """Without pings and look-ups."""
        return [request for request in self.requests if request.is_write]

    def note(self, request: SentRequest) -> None:
        with self._lock:
            self.requests.append(request)

    def close(self) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        with self._lock:
            connections, threads = list(self._open), list(self._threads)
        for connection in connections:
            with suppress(OSError):  # closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)
        self._listener.close()

    def _start(self, run: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=run, args=arguments, name="fault-proxy", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # stopped
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):  # the client, or the remote, has left
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._begin_tls(connection, self._tls)
            with self._lock:
                self._open.add(connection)
            stays_open = True
            while stays_open and not self.stopping.is_set():
                select.select([connection], [], [])  # the fault is the one of this moment
                visit = Visit(self, connection)
                self.fault(visit)
                stays_open = visit.stays_open
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def _begin_tls(self, connection: socket.socket, tls: ssl.SSLContext) -> socket.socket:
        try:
            return tls.wrap_socket(connection, server_side=True)
        except ssl.SSLError as error:
            self.alerts.append(error.reason)
            raise


def whole_message(connection: socket.socket) -> bytes:
    """Head, and as much body as it announces. Raises ConnectionError where it is cut off."""
    message = b""
    while END_OF_HEAD not in message or len(message) < _whole_length(message):
        data = connection.recv(64 * 1024)
        if not data:
            raise ConnectionAbortedError("The remote has left.")
        message += data
    return message


def _whole_length(message: bytes) -> int:
    head_length = message.index(END_OF_HEAD) + len(END_OF_HEAD)
    return head_length + _length(message[:head_length])


def _length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found.group(1)) if found else 0


@contextmanager
def fault_proxy(remote_url: str, tls: ssl.SSLContext | None = None) -> Iterator[FaultProxy]:
    proxy = FaultProxy(remote_url, tls)
    try:
        yield proxy
    finally:
        proxy.close()
