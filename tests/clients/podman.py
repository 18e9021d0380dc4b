"""Podman: pulls docker.io/library/... through a mirror of registries.conf, into a storage of its
own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from clients.archive import saved_diff_ids
from support.commands import run
from support.oci_layout import Layout
from support.rootfs import native_architecture

# The primary location is a dead port: a pull that the mirror does not answer fails.
REGISTRIES_CONF = """
unqualified-search-registries = []
[[registry]]
prefix = "docker.io"
location = "127.0.0.1:9"
insecure = true
[[registry.mirror]]
location = "{mirror}"
insecure = true
"""


def write_registries(folder: Path, mirror: str) -> Path:
    registries = folder / "registries.conf"
    registries.write_text(REGISTRIES_CONF.format(mirror=mirror))
    return registries


class Podman:
    def __init__(self, folder: Path, registries: Path, image: str) -> None:
        """`image` as the user types it: docker.io/library/debian:bookworm."""
        self._folder = folder / "podman"
        self._folder.mkdir()
        self._image = image
        self._registries = registries

    def _run(self, *argv: str | Path) -> str:
        places = [
            f"--root={self._folder}/root",
            f"--runroot={self._folder}/run",
            f"--tmpdir={self._folder}/tmp",
        ]
        options = ["--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=none"]
        environment = {
            "CONTAINERS_REGISTRIES_CONF": str(self._registries),
            "TMPDIR": str(self._folder),
        }
        return run(["podman", *places, *options, *argv], env=environment)

    def empty(self) -> None:
        for name in ("root", "run", "tmp"):
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def pull(self) -> None:
        self._run("pull", "--quiet", self._image)

    def check(self, image: Layout) -> None:
        archive = self._folder / "saved.tar"
        archive.unlink(missing_ok=True)
        self._run("save", "--quiet", "--format=docker-archive", "--output", archive, self._image)
        assert saved_diff_ids(archive) == image.diff_ids(native_architecture())
