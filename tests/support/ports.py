"""Ports of the loopback that stay one's own."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path

FIRST = 10_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_mine: list[socket.socket] = []


def free_port() -> int:
    """Nobody else gets it while this process lives, so that a server may stop and start again: the
    kernel hands out none of these, neither to connections nor to who binds to 0, and other tests
    ask here. What says that it is taken is a unix socket without a file, which goes with us."""
    for port in _candidates():
        if _claim(port):
            return port
    raise AssertionError("no port is free")


def _candidates() -> Iterator[int]:
    low, high = map(int, EPHEMERAL.read_text().split())
    outside = [port for port in range(FIRST, 1 << 16) if not low <= port <= high]
    random.SystemRandom().shuffle(outside)
    yield from outside


def _claim(port: int) -> bool:
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0longshore-tests-port-{port}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        claim.close()
        return False
    _mine.append(claim)
    return True


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
