"""dockerd: a private daemon with the mirror in daemon.json's registry-mirrors; it asks mirrors for
docker.io only.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from clients.archive import saved_diff_ids
from support.commands import CommandError, run
from support.oci_layout import Layout
from support.process import Process
from support.rootfs import native_architecture

DOCKER = "/usr/bin/docker"  # the command of Debian's package, whatever else is on PATH


def write_config(folder: Path, mirror_url: str) -> Path:
    config = folder / "daemon.json"
    config.write_text(json.dumps({"registry-mirrors": [mirror_url]}))
    return config


class Dockerd:
    """Runs on a private containerd, without networks, in a mount namespace of its own that takes
    its mounts along.
    """

    def __init__(self, folder: Path, containerd_socket: Path, config: Path, image: str) -> None:
        """`image` as the user types it: debian:bookworm."""
        self._folder = folder / "dockerd"
        self._folder.mkdir()
        self._data = self._folder / "data"
        self._containerd_socket = containerd_socket
        self._image = image
        self._config = config
        self._process: Process | None = None

    @property
    def _host(self) -> str:
        return f"unix://{self._folder}/sock"

    def start(self) -> None:
        places = {
            "--config-file": self._config,
            "--host": self._host,
            "--containerd": self._containerd_socket,
            "--data-root": self._data,
            "--exec-root": self._folder / "exec",
            "--pidfile": self._folder / "pid",
        }
        options = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--oom-score-adjust=0"]
        argv = [
            "unshare",
            "--mount",
            "dockerd",
            *options,
            *(f"{name}={value}" for name, value in places.items()),
        ]
        self._process = Process(argv, self._folder / "dockerd.log")
        self._process.ready(self._answers, "dockerd answers", 40)

    def _answers(self) -> bool:
        try:
            return bool(self.docker("version", "--format", "{{.Server.Version}}"))
        except CommandError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def docker(self, *argv: str | Path) -> str:
        return run([DOCKER, "--host", self._host, *argv], env={"DOCKER_CONFIG": str(self._folder)})

    def empty(self) -> None:
        """A new data root: an image that is removed leaves its manifests behind."""
        self.stop()
        shutil.rmtree(self._data, ignore_errors=True)
        self.start()

    def pull(self) -> None:
        self.docker("pull", "--quiet", self._image)

    def check(self, image: Layout) -> None:
        archive = self._folder / "saved.tar"
        archive.unlink(missing_ok=True)
        self.docker("image", "save", "--output", archive, self._image)
        assert saved_diff_ids(archive) == image.diff_ids(native_architecture())
