"""A way through to a server that can go dead: connections stay open, and nothing comes through."""

from __future__ import annotations

import contextlib
import socket
import threading

from support.socket_server import SocketServer


class Gate(SocketServer):
    def __init__(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)
        self._generation = 0
        self.connections = 0
        super().__init__()

    def go_dead(self) -> None:
        """What is open now swallows all that is sent; new connections work."""
        with self._lock:
            self._generation += 1

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            generation = self._generation
        with socket.create_connection(self._server) as server:
            back = threading.Thread(
                target=self._pump, args=(server, connection, generation), daemon=True
            )
            back.start()
            self._pump(connection, server, generation)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket, generation: int) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                with self._lock:
                    is_dead = generation != self._generation
                if not is_dead:
                    target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
