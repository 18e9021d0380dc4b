"""No cache at all: the client asks the upstream."""

from __future__ import annotations

from pathlib import Path

from peers.peer import Peer


class Direct(Peer):
    name = "direct"

    def __init__(self, folder: Path, upstream_port: int) -> None:
        super().__init__(folder, upstream_port)
        self.port = upstream_port

    def start(self) -> None:
        """Nothing to start."""

    def kill(self) -> None:
        """Nothing to kill."""

    @property
    def pid(self) -> int:
        raise NotImplementedError("there is no process to measure")
