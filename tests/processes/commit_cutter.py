"""A proxy in front of PostgreSQL that loses the reply to a COMMIT: done, and nobody is told."""

import socket
import threading
from contextlib import suppress

#: As psycopg sends it: a simple query of the PostgreSQL protocol.
_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class CommitCutter:
    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._left = 0
        #: Set once a reply has been lost.
        self.has_cut = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, passing: int = 1) -> None:
        """Lose the reply to the `passing`-th COMMIT from now on, and its connection with it."""
        self.has_cut.clear()
        self._left = passing

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                lost = threading.Event()
                for pump in (self._forward, self._answer):
                    threading.Thread(target=pump, args=(client, server, lost), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self._left and _COMMIT in data:
                    self._left -= 1
                    if not self._left:
                        lost.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with client, server, suppress(OSError):
            while data := server.recv(65536):
                if lost.is_set():
                    self.has_cut.set()
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)
