"""Debian's docker-registry in proxy mode (`proxy.remoteurl`), files on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from peers.peer import ProgramPeer


class DockerRegistryProxy(ProgramPeer):
    name = "docker-registry"

    def argv(self) -> Sequence[str | Path]:
        config = self.folder / "registry.yml"
        config.write_text(yaml.safe_dump(self._settings()))
        return ["docker-registry", "serve", config]

    def _settings(self) -> dict[str, object]:
        return {
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "storage")}},
            "http": {"addr": f"127.0.0.1:{self.port}", "secret": "bench"},
            "proxy": {"remoteurl": f"http://127.0.0.1:{self.upstream_port}"},
        }
