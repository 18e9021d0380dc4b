"""A server of plain connections, each on a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod

from support.http_server import close_both_ways
from support.ports import free_port

TIMEOUT_S = 120.0


class SocketServer(ABC):
    """Listens on a loopback port until `stop`, which ends what is open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        # A listener that is only closed would still be accepted on.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                close_both_ways(connection)

    @abstractmethod
    def _serve(self, connection: socket.socket) -> None:
        """When it returns, or the connection fails, that closes."""

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # stopped
                return
            connection.settimeout(TIMEOUT_S)
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._serve(connection)
        with self._lock:
            self._open.discard(connection)
