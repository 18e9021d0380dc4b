"""A peer below HTTP: what it does with each connection is one small script over the socket."""

from __future__ import annotations

import socket
from collections.abc import Callable

from support.socket_server import SocketServer

HEAD_END = b"\r\n\r\n"

# Sees a connection after the request's head came; when it returns, the connection closes.
Script = Callable[[socket.socket], None]


class RawUpstream(SocketServer):
    """`connections` counts those that sent a request."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.connections = 0
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self, connection: socket.socket) -> None:
        if self._read_head(connection):
            with self._lock:
                self.connections += 1
            self._script(connection)

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
