"""The host's congestion control, for as long as a comparison takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTING = Path("/proc/sys/net/ipv4/tcp_congestion_control")


def current() -> str:
    return SETTING.read_text().strip()


@contextmanager
def host_uses(name: str) -> Iterator[None]:
    """Sockets that are made inside use it, unless they choose for themselves."""
    before = current()
    SETTING.write_text(name)
    try:
        yield
    finally:
        SETTING.write_text(before)
