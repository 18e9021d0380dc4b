"""Where and of what the numbers are: commit, kernel, cores, congestion control."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *words], check=False, capture_output=True, text=True, timeout=30
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def commit() -> str:
    """The commit, with a plus sign when the tree is not exactly that."""
    name = git("rev-parse", "--short=12", "--verify", "HEAD") or "none"
    return name + ("+" if git("status", "--porcelain") else "")


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Of Debian packages; what is not installed is left out."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f=${Package} ${Version}\n", *packages],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return dict(line.split() for line in done.stdout.splitlines() if " " in line)


def describe() -> dict[str, object]:
    model = MODEL.search(Path("/proc/cpuinfo").read_text())
    congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    return {
        "commit": commit(),
        "cores": len(os.sched_getaffinity(0)),
        "model": model[1] if model else "unknown",
        "kernel": platform.release(),
        "tcp_congestion_control": congestion,
        "load_before": round(os.getloadavg()[0], 2),
    }
