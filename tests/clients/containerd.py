"""containerd: a private daemon; `ctr` pulls through a hosts.toml mirror, so with ?ns=docker.io."""

from __future__ import annotations

from pathlib import Path

from clients.archive import file_digest
from support.commands import run
from support.oci_layout import Layout
from support.process import Process
from support.rootfs import native_architecture
from support.wait import until

CONFIG = """
version = 2
root = "{folder}/root"
state = "{folder}/state"
oom_score = 0
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "{folder}/sock"
[ttrpc]
  address = "{folder}/sock.ttrpc"
"""

# `server` is a dead port: a pull that the mirror does not answer fails.
HOSTS_TOML = """
server = "http://127.0.0.1:9"
[host."{mirror}"]
  capabilities = ["pull", "resolve"]
"""


class Containerd:
    """The daemon runs in a mount namespace of its own, so whatever it mounts goes with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "containerd"
        self._folder.mkdir()
        self._config = self._folder / "config.toml"
        self._config.write_text(CONFIG.format(folder=self._folder))
        self._process: Process | None = None

    @property
    def socket(self) -> Path:
        return self._folder / "sock"

    @property
    def content(self) -> Path:
        return self._folder / "root/io.containerd.content.v1.content/blobs/sha256"

    def start(self) -> None:
        argv = ["unshare", "--mount", "containerd", "--config", str(self._config)]
        self._process = Process(argv, self._folder / "containerd.log")
        self._process.ready(self._answers, "containerd answers")

    def _answers(self) -> bool:
        return self.socket.exists() and "Server:" in self.ctr("version")

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def ctr(self, *argv: str | Path) -> str:
        return run(["ctr", "--address", self.socket, *argv])


def write_hosts(folder: Path, mirror_url: str, registry: str) -> Path:
    """The folder that --hosts-dir takes."""
    hosts = folder / "certs.d"
    (hosts / registry).mkdir(parents=True)
    (hosts / registry / "hosts.toml").write_text(HOSTS_TOML.format(mirror=mirror_url))
    return hosts


class ContainerdPuller:
    """`image` as the user types it: docker.io/library/debian:bookworm."""

    def __init__(self, daemon: Containerd, hosts: Path, image: str) -> None:
        self._daemon = daemon
        self._image = image
        self._hosts = hosts

    def empty(self) -> None:
        """Removes the image and has containerd collect what hung on it."""
        if self._image in self._daemon.ctr("images", "list", "--quiet"):
            self._daemon.ctr("images", "remove", "--sync", self._image)
        until(
            lambda: not any(self._daemon.content.glob("*")), "containerd's content store is empty"
        )

    def pull(self) -> None:
        self._daemon.ctr("images", "pull", "--hosts-dir", self._hosts, self._image)

    def check(self, image: Layout) -> None:
        stored = {file_digest(path) for path in self._daemon.content.iterdir()}
        assert set(image.layer_digests(native_architecture())) <= stored
