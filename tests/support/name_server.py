"""A name server that takes questions and never answers, for one process alone."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import TracebackType

# glibc asks each server so often and waits so long (resolv.conf(5): the most that it allows).
OPTIONS = "options timeout:30 attempts:5"
# For `sh`: the rest of its arguments is a command, for which the first is the resolv.conf.
ENTER = 'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"'


class SilentNameServer:
    """On port 53 of a loopback address that is this test's own."""

    def __init__(self, folder: Path) -> None:
        pid = os.getpid()
        self._address = f"127.53.{pid >> 8 & 255}.{pid & 255}"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._resolv_conf = folder / "resolv.conf"

    def __enter__(self) -> SilentNameServer:
        self._socket.bind((self._address, 53))
        self._socket.setblocking(False)
        self._resolv_conf.write_text(f"nameserver {self._address}\n{OPTIONS}\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def asked_by(self, argv: list[str | Path]) -> list[str | Path]:
        """The command, whose process asks this server for every name. For root."""
        return ["unshare", "--mount", "sh", "-ec", ENTER, "sh", self._resolv_conf, *argv]

    def was_asked(self) -> bool:
        """Since the last look."""
        try:
            return len(self._socket.recv(512)) > 0
        except BlockingIOError:
            return False
