"""The same servers with an access log: a line a request, to a file on disk."""

from __future__ import annotations

from pathlib import Path

from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.peer import Peer


class LongshoreLogging(LongshorePeer):
    log_level = "info"


class NginxLogging(Nginx):
    """As Debian has it: one write(2) a line."""

    parameters = ""

    def __init__(self, folder: Path, upstream_port: int) -> None:
        super().__init__(folder, upstream_port)
        self.access_log = f"{self.log_path} combined{self.parameters}"


class NginxGathering(NginxLogging):
    """Lines gathered in memory for a moment."""

    name = "nginx buffer=64k"
    parameters = " buffer=64k flush=100ms"


WITHOUT: dict[type[Peer], type[Peer]] = {
    LongshoreLogging: LongshorePeer,
    NginxLogging: Nginx,
    NginxGathering: Nginx,
}
