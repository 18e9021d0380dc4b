"""What is watched while the process lives, and what must hold of it at rest."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from soak.stored import disk_usage
from support.longshore import Longshore
from support.wait import until

EVERY_S = 0.2
IDLE_S = 300.0
IDLE_TO_UPSTREAM = 16  # curl_client.cc: idle connections that libcurl keeps
RSS = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


@dataclass
class Watch:
    """Samples of one life after the other. `rss` is of the present one."""

    longshore: Longshore
    most_disk: int = 0
    used: list[float] = field(default_factory=list)
    rss: list[int] = field(default_factory=list)
    most_fds: int = 0

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def born(self) -> None:
        self.rss = []

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            self.most_disk = max(self.most_disk, disk_usage(self.longshore.cache))
            try:
                pid = self.longshore.process.pid
                self.rss.append(resident(pid))
                self.most_fds = max(self.most_fds, len(descriptors(pid)))
                metrics = self.longshore.metrics()
                used = metrics.total("longshore_storage_used_bytes")
                self.used.append(used / metrics.total("longshore_storage_capacity_bytes"))
            except (OSError, AssertionError, ValueError, ZeroDivisionError):
                continue  # it has just died


def resident(pid: int) -> int:
    found = RSS.search(Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def descriptors(pid: int) -> list[str]:
    """What each open descriptor leads to."""
    folder = Path(f"/proc/{pid}/fd")
    found: list[str] = []
    for name in os.listdir(folder):
        try:
            found.append(os.readlink(folder / name))
        except FileNotFoundError:
            continue
    return found


def until_idle(longshore: Longshore) -> None:
    """No fill in flight, no client, no job but the scrape's own."""

    def idle() -> bool:
        metrics = longshore.metrics()
        names = ("longshore_fills_in_flight", "longshore_connections")
        busy = metrics.total("longshore_pool_jobs") > 1
        return not busy and all(metrics.total(name) == 0 for name in names)

    until(idle, "nothing is in flight", IDLE_S)


def leaked_descriptors(longshore: Longshore, sockets_at_birth: int) -> list[str]:
    """At rest there are the listeners' sockets, some to the upstream for the next transfer, stored
    blobs kept open, each once, and the index."""
    links = descriptors(longshore.process.pid)
    leaked = [link for link in links if link.endswith("(deleted)")]
    leaked += [link for link in links if "/staging/" in link]
    blobs = [link for link in links if "/blobs/" in link]
    leaked += sorted({link for link in blobs if blobs.count(link) > 1})
    sockets = count_sockets(longshore)
    if sockets > sockets_at_birth + IDLE_TO_UPSTREAM:
        leaked.append(f"{sockets} sockets instead of {sockets_at_birth}")
    return leaked


def count_sockets(longshore: Longshore) -> int:
    return sum(link.startswith("socket:") for link in descriptors(longshore.process.pid))


def growth(rss: list[int]) -> float:
    """The highest of the last quarter of a life's samples over the highest of the second."""
    quarter = len(rss) // 4
    if quarter == 0:
        return 1.0
    return max(rss[-quarter:]) / max(rss[quarter : 2 * quarter])


def wait(seconds: float) -> None:
    """Time goes by: a soak is made of it."""
    deadline = time.monotonic() + seconds
    gone = threading.Event()
    while (left := deadline - time.monotonic()) > 0:
        gone.wait(left)
