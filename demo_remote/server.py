"""The listening socket, and the start and stop of a remote."""

import logging
import socket
import socketserver
import sys
import threading
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from demo_remote.collection import COLLECTIONS, with_credit_limit
from demo_remote.connection import Connection
from demo_remote.remote import Remote
from demo_remote.store import Store

logger = logging.getLogger("demo_remote")

_Accepted = socket.socket | tuple[bytes, socket.socket]  # the latter is for UDP only


class RemoteServer(ThreadingHTTPServer):
    """One thread per connection; knows its open connections, to close them when it stops."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], remote: Remote) -> None:
        self.remote = remote
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, Connection)

    def server_bind(self) -> None:
        """Without the base class's look-up of the host's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: _Accepted, client_address: object) -> None:
        """A connection begins."""
        with self._open_lock:
            self._open.add(cast("socket.socket", request))
        super().process_request(request, client_address)

    def shutdown_request(self, request: _Accepted) -> None:
        """A connection ends."""
        with self._open_lock:
            self._open.discard(cast("socket.socket", request))
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Cut every open connection, as the end of a process would."""
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):  # the other side was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that goes away is no error of the remote."""
        if not isinstance(sys.exception(), OSError):
            logger.exception("a connection failed")


class RunningRemote:
    """A started remote. Use it as a context manager, or call `stop`."""

    def __init__(self, server: RemoteServer) -> None:
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": 0.02},  # seconds; how long `stop` may wait
            name="demo-remote",
            daemon=True,
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Such as "http://127.0.0.1:8800"; no slash at the end."""
        return f"http://{self._server.server_name}:{self._server.server_port}"

    def stop(self) -> None:
        """Close the socket, every connection and the database. A second call does nothing."""
        remote = self._server.remote
        if remote.stopping.is_set():
            return
        remote.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        remote.store.close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    database: Path | str,
    token: str,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    seed_credit_limit: str = COLLECTIONS["customers"].initial,
) -> RunningRemote:
    """Serve `database` (created when missing) in threads of this process; port 0 is any free.

    Raises OSError when the port is taken, sqlite3.Error when the file is no database, and
    ValueError when `seed_credit_limit` is no decimal.
    """
    collections = with_credit_limit(seed_credit_limit)
    store = Store(Path(database))
    remote = Remote(store=store, token=token, collections=collections)
    try:
        return RunningRemote(RemoteServer((host, port), remote))
    except BaseException:
        store.close()
        raise
