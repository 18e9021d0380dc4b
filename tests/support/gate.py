"""A way through to a server that can go dead: connections stay open, and nothing comes through."""

from __future__ import annotations

import contextlib
import socket
import threading

from support.ports import free_port


class Gate:
    """Listens on a loopback port until `stop`."""

    def __init__(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._generation = 0
        self.connections = 0
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def go_dead(self) -> None:
        """What is open now swallows all that is sent; new connections work."""
        with self._lock:
            self._generation += 1

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # stopped
                return
            server = socket.create_connection(self._server)
            with self._lock:
                self.connections += 1
                self._open += [client, server]
                generation = self._generation
            for one, other in ((client, server), (server, client)):
                threading.Thread(
                    target=self._pump, args=(one, other, generation), daemon=True
                ).start()

    def _pump(self, source: socket.socket, target: socket.socket, generation: int) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                with self._lock:
                    is_dead = generation != self._generation
                if not is_dead:
                    target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
