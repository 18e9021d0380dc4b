"""Many keep-alive clients that do nothing: what each costs the server beside the kernel."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.content import small_image
from harness.process_tree import pids
from harness.results import Metric, Results, Run, Target, at_most
from harness.scenario import Scenario
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.peer import Peer

CONNECTIONS = 10_000
PING = b"GET /v2/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
EACH, STILL = "KiB a connection", "still answered"


class IdleConnections(Scenario):
    name = "idle_connections"
    idea = f"{CONNECTIONS:,} keep-alive clients that have asked once and wait"
    peers = (LongshorePeer, Nginx)
    metrics = (Metric(EACH), Metric(STILL, 0, is_compared=False))

    def prepare(self) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert hard >= CONNECTIONS * 2, f"needs a limit of {CONNECTIONS * 2:,} open files, not {hard:,}"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._registry = self.start_registry(small_image(1024))

    def run(self, peer_type: type[Peer]) -> Run:
        with self.cache(peer_type, self._registry.port) as peer:
            with connected(peer.port, 100) as warm:  # what is made once is there
                assert all(map(is_answered, warm))
            before = resident_kib(peer.pid)
            with connected(peer.port, CONNECTIONS) as clients:
                answered = sum(map(is_answered, clients))
                grown = resident_kib(peer.pid) - before
                # Each still works.
                for client in clients:
                    client.sendall(PING)
                still = sum(map(is_answered, clients))
        assert answered == CONNECTIONS, f"{answered} of {CONNECTIONS} were answered"
        return {EACH: grown / CONNECTIONS, STILL: still}

    def targets(self, results: Results) -> list[Target]:
        return [at_most(results, EACH, 2.0, "at most 2 KiB an idle connection")]


@contextmanager
def connected(port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many connections, each from a loopback address of its own, each of which has asked."""
    clients: list[socket.socket] = []
    try:
        for number in range(count):
            source = (f"127.0.{1 + number // 250}.{1 + number % 250}", 0)
            client = socket.create_connection(("127.0.0.1", port), 30, source)
            client.sendall(PING)
            clients.append(client)
        yield clients
    finally:
        for client in clients:
            client.close()


def is_answered(client: socket.socket) -> bool:
    return client.recv(4096).startswith(b"HTTP/1.1 ")


def resident_kib(root: int) -> int:
    total = 0
    for pid in pids(root):
        fields = Path(f"/proc/{pid}/status").read_text()
        total += int(fields.partition("VmRSS:")[2].split()[0] if "VmRSS:" in fields else 0)
    return total


SCENARIO = IdleConnections
