"""A TCP server that answers each connection with whatever bytes a test says."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

KNOWN = (b"GET", b"POST", b"PATCH", b"DELETE")
Answer = Callable[[socket.socket, bytes], None]


class RawServer:
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        #: The head and body of each request that came.
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            request = whole_request(connection)
            self.requests.append(request)
            with suppress(OSError):  # the client has gone
                self._answer(connection, request)

    def close(self) -> None:
        self._listener.close()


def whole_request(connection: socket.socket) -> bytes:
    """Head and body: closing with something unread would reset the connection."""
    request = b""
    while chunk := connection.recv(64 * 1024):
        request += chunk
        head, found, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not request.startswith(KNOWN) or (
            found and len(body) >= int(length.group(1) if length else 0)
        ):
            break
    return request


@contextmanager
def raw_server(answer: Answer) -> Iterator[RawServer]:
    server = RawServer(answer)
    try:
        yield server
    finally:
        server.close()


def reply(status: str, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def says(data: bytes) -> Answer:
    return lambda connection, request: connection.sendall(data)


def says_each(*replies: bytes) -> Answer:
    """One after the other, on one connection."""

    def answer(connection: socket.socket, request: bytes) -> None:
        for data in replies:
            connection.sendall(data)
            if not whole_request(connection):
                break

    return answer


def drips(data: bytes, *, every: float) -> Answer:
    def answer(connection: socket.socket, request: bytes) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return answer


def resets(after: bytes = b"") -> Answer:
    """Sends some bytes, then RST rather than FIN."""

    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(after)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    return answer
