"""A peer below HTTP: what it does with each connection is one small script over the socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from support.http_server import close_both_ways
from support.ports import free_port

HEAD_END = b"\r\n\r\n"
TIMEOUT_S = 120.0

# Sees a connection after the request's head came; when it returns, the connection closes.
Script = Callable[[socket.socket], None]


class RawUpstream:
    """Listens on a loopback port until `stop`. `connections` counts those that sent a request."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.connections = 0
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        # A listener that is only closed would still be accepted on.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                close_both_ways(connection)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # stopped
                return
            connection.settimeout(TIMEOUT_S)
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self._read_head(connection):
                with self._lock:
                    self.connections += 1
                self._script(connection)
        with self._lock:
            self._open.discard(connection)

    def _read_head(self, connection: socket.socket) -> bool:
        head = b""
        while HEAD_END not in head:
            piece = connection.recv(4096)
            if not piece:
                return False
            head += piece
        return True


def until_closed(connection: socket.socket) -> None:
    """Waits for the other side to leave."""
    while connection.recv(4096):
        pass


def hang(connection: socket.socket) -> None:
    """Never a word."""
    until_closed(connection)


def hang_in_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    until_closed(connection)


def close(connection: socket.socket) -> None:
    """Closes without an answer."""


def half_close(connection: socket.socket) -> None:
    """Says that nothing will come, and listens on."""
    connection.shutdown(socket.SHUT_WR)
    until_closed(connection)


def close_in_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/pl")


def garble(connection: socket.socket) -> None:
    connection.sendall(b"\x00\xff this is no HTTP at all\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)
    until_closed(connection)
