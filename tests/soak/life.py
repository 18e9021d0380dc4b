"""What is watched while the process lives, and what must hold of it at rest."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from soak.memory import Sample
from soak.stored import disk_usage
from support import admin
from support.longshore import Longshore, files_below
from support.metrics import Metrics
from support.wait import until

EVERY_S = 0.2
IDLE_S = 300.0
SETTLED_S = 5.0  # longer than a blob takes to be compressed
IDLE_TO_UPSTREAM = 16  # curl_client.cc: idle connections that libcurl keeps


@dataclass
class Watch:
    """Samples of one life after the other. `disk` is what du says, `used` the part of the budget
    that is counted as used, `memory` is of the present life."""

    longshore: Longshore
    disk: list[int] = field(default_factory=list)
    used: list[float] = field(default_factory=list)
    memory: list[Sample] = field(default_factory=list)
    most_fds: int = 0
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def born(self) -> None:
        self.memory = []

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            try:
                self.disk.append(disk_usage(self.longshore.cache))
                self._look()
            except Exception as error:
                self.failed.append(f"the watch failed: {type(error).__name__}: {error}")

    def _look(self) -> None:
        try:
            pid = self.longshore.process.pid
            metrics = self.longshore.metrics()
            self.memory.append(Sample.take(pid, metrics))
            self.most_fds = max(self.most_fds, len(descriptors(pid)))
            self.used.append(used_share(metrics))
        except (OSError, AssertionError, KeyError, ValueError, ZeroDivisionError):
            return  # it has just died


def used_share(metrics: Metrics) -> float:
    used = metrics.total("longshore_storage_used_bytes")
    return used / metrics.total("longshore_storage_capacity_bytes")


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


def leaked_files(longshore: Longshore) -> list[str]:
    """At rest: sealed files that the index does not know (all that it knows are verified), and
    files of fills that no record names, which a start removes. Starts it again."""
    leaked: list[str] = []
    staged = until_settled(longshore)
    verified = verify(longshore)
    files = len(files_below(longshore.cache / "blobs"))
    if verified["checked"] != files:
        leaked.append(f"{files} sealed files, {verified['checked']} in the index")
    leaked += [f"damaged: {digest}" for digest in verified["damaged"]]
    longshore.stop()
    longshore.start()
    return leaked + sorted(staged - {path.name for path in longshore.staged_files()})


def until_settled(longshore: Longshore) -> set[str]:
    """What lies in staging when nothing is compressed any more."""
    names: set[str] = set()
    since = time.monotonic()

    def settled() -> bool:
        nonlocal names, since
        now = {path.name for path in longshore.staged_files()}
        if now != names:
            names, since = now, time.monotonic()
        return time.monotonic() - since > SETTLED_S

    until(settled, "nothing is being compressed", IDLE_S)
    return names


def verify(longshore: Longshore) -> dict[str, Any]:
    task = admin.change(longshore, "verify")

    def over() -> dict[str, Any] | None:
        now: dict[str, Any] = admin.read(longshore, "tasks", id=str(task["id"]))
        return now if now["state"] != "running" else None

    return until(over, "all is verified", IDLE_S)


def wait(seconds: float) -> None:
    """Time goes by: a soak is made of it."""
    deadline = time.monotonic() + seconds
    gone = threading.Event()
    while (left := deadline - time.monotonic()) > 0:
        gone.wait(left)
