"""What a server and its children cost: CPU seconds and peak memory, from /proc."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from support.wait import until

TICKS = os.sysconf("SC_CLK_TCK")
VM_HWM = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
CALM_S = 0.3
CALM_AT_MOST_S = 20.0
VM_RSS = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state) on; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def pids(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_fields(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))

    def below(pid: int) -> Iterator[int]:
        yield pid
        for child in children.get(pid, []):
            yield from below(child)

    return list(below(root))


def cpu_seconds(root: int) -> float:
    """User and system time of the tree, children that ended included."""
    return sum(int(ticks) for pid in pids(root) for ticks in stat_fields(pid)[11:15]) / TICKS


def settled_cpu_seconds(
    root: int, calm_s: float = CALM_S, at_most_s: float = CALM_AT_MOST_S
) -> float:
    """The same once the tree has been idle for a moment: what goes on after the last byte (hashing,
    renaming, a second transfer) is part of the price."""
    seen = cpu_seconds(root)
    since = time.monotonic()

    def calm() -> bool:
        nonlocal seen, since
        now, time_now = cpu_seconds(root), time.monotonic()
        if now > seen + 1.5 / TICKS:
            seen, since = now, time_now
        return time_now - since > calm_s

    until(calm, "the server is idle", at_most_s)
    return cpu_seconds(root)


def peak_rss_bytes(root: int) -> int:
    """The sum of what each process of the tree held at most since the start, or `forget_peak`."""
    return status_bytes(root, VM_HWM)


def rss_bytes(root: int) -> int:
    """What the tree holds now."""
    return status_bytes(root, VM_RSS)


def status_bytes(root: int, line: re.Pattern[str]) -> int:
    total = 0
    for pid in pids(root):
        found = line.search(Path(f"/proc/{pid}/status").read_text())
        total += int(found[1]) * 1024 if found else 0
    return total


def forget_peak(root: int) -> None:
    """Peaks count from now on; proc(5), clear_refs."""
    for pid in pids(root):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
