"""Longshore as it comes: defaults, but for ports, folder, upstream, and no log line a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peers.peer import Peer
from support.longshore import Longshore


class LongshorePeer(Peer):
    name = "longshore"
    log_level = "warn"  # the peers write no access log either

    def __init__(self, folder: Path, upstream_port: int) -> None:
        super().__init__(folder, upstream_port)
        self._longshore = Longshore(
            folder,
            {"docker.io": f"http://127.0.0.1:{upstream_port}"},
            threads=0,
            listener=self.listener(),
            cache=self.cache(),
            log={"level": self.log_level, "format": "json"},
        )
        self.port = self._longshore.port
        self.log_path = self._longshore.log_path
        self._runs = False

    def listener(self) -> dict[str, Any]:
        """What is special to its listener."""
        return {}

    def cache(self) -> dict[str, Any]:
        """What is special to its cache."""
        return {}

    def start(self) -> None:
        self._longshore.start()
        self._runs = True

    def launch(self) -> None:
        """Starts it and waits for nothing."""
        self._longshore.launch()
        self._runs = True

    def stop(self) -> None:
        """Asks it to end and waits for that."""
        self._longshore.stop()
        self._runs = False

    def kill(self) -> None:
        if self._runs:
            self._longshore.kill()
            self._runs = False

    @property
    def pid(self) -> int:
        return self._longshore.process.pid
