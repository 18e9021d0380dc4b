"""The Debian package: what lintian says, and its life on a Debian 12 from installation to purging."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from support.chroot import Chroot
from support.commands import run
from support.debian_package import later_version, package
from support.http_client import get
from support.longshore import START_S, is_ready, longshore_says
from support.payload import MIB, payload
from support.ports import free_port
from support.process import Process
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

CONFIG = "etc/longshore/longshore.yaml"
NAME = "library/app"


def test_lintian_finds_no_error() -> None:
    run(["lintian", "--allow-root", "--fail-on", "error,warning", package()])


def test_the_shipped_configuration_is_right_and_says_the_defaults(folder: Path) -> None:
    run(["dpkg-deb", "--extract", package(), folder])
    shipped = folder / CONFIG
    assert longshore_says("check-config", shipped).returncode == 0
    uncommented = folder / "all.yaml"
    lines = shipped.read_text().splitlines()
    uncommented.write_text(
        "\n".join(line.replace("#", "", 1) if is_key(line) else line for line in lines)
    )
    assert longshore_says("check-config", uncommented).returncode == 0
    assert {"listen", "upstreams", "tag_ttl"} <= set(yaml.safe_load(uncommented.read_text()))


def is_key(line: str) -> bool:
    """A default that is commented out, not a sentence: those have one space."""
    return re.match(r"\s*# \S", line) is None


class Installed:
    """Longshore on a machine of its own but for the network: run as its unit would run it."""

    def __init__(self, chroot: Chroot, log: Path) -> None:
        self._chroot = chroot
        self._log = log
        self.port = free_port()
        self._admin_port = free_port()

    def configure(self, upstream: str) -> None:
        path = self._chroot.root / CONFIG
        path.write_text(
            yaml.safe_dump(
                {
                    "listen": [f"127.0.0.1:{self.port}"],
                    "admin_listen": f"127.0.0.1:{self._admin_port}",
                    "cache": {"path": "/var/lib/longshore/cache", "size": "1GiB"},
                    "upstreams": {"docker.io": {"url": upstream}},
                    "tag_ttl": "1h",
                }
            )
        )

    def cache_status(self, path: str) -> str:
        """Of the first request to a process of its own, which ends when the answer is stored."""
        user = ["setpriv", "--reuid=longshore", "--regid=longshore", "--clear-groups"]
        command = ["/usr/bin/longshore", "serve", "--config", f"/{CONFIG}"]
        process = Process(self._chroot.argv(*user, "--no-new-privs", *command), self._log)
        try:
            process.ready(lambda: is_ready(self._admin_port), "longshore is ready", START_S)
            first = get(self.port, path)
            assert first.status == 200
            until(
                lambda: get(self.port, path).header("Cache-Status") == "longshore; hit", "it is stored"
            )
            return first.header("Cache-Status")
        finally:
            process.stop()


def test_an_upgrade_keeps_configuration_and_cache_and_only_purging_deletes_them(
    folder: Path, upstream: ScriptedUpstream
) -> None:
    chroot = Chroot(folder / "root")
    shutil.copy(package(), chroot.root / "longshore.deb")
    shutil.copy(later_version(folder), chroot.root / "later.deb")
    chroot.run("apt-get", "-q", "update")
    chroot.run("apt-get", "-q", "install", "-y", "--no-install-recommends", "/longshore.deb")
    assert chroot.run("longshore", "version").startswith("longshore ")
    assert (chroot.root / "lib/systemd/system/longshore.socket").is_file()
    enabled = chroot.root / "etc/systemd/system"
    assert (enabled / "sockets.target.wants/longshore.socket").is_symlink()
    assert (enabled / "multi-user.target.wants/longshore.service").is_symlink()

    digest = upstream.repository(NAME).add_blob(payload(MIB))
    installed = Installed(chroot, folder / "longshore.log")
    installed.configure(upstream.url)
    config = (chroot.root / CONFIG).read_text()
    blob = f"/v2/{NAME}/blobs/{digest}"
    assert "fwd=miss" in installed.cache_status(blob)

    chroot.run("dpkg", "--install", "/later.deb")
    assert "+later" in chroot.run("dpkg-query", "-W", "-f=${Version}", "longshore")
    assert (chroot.root / CONFIG).read_text() == config
    assert installed.cache_status(blob) == "longshore; hit"

    cache = chroot.root / "var/lib/longshore/cache/FORMAT"
    chroot.run("dpkg", "--remove", "longshore")
    assert cache.is_file()
    assert (chroot.root / CONFIG).is_file()
    chroot.run("dpkg", "--purge", "longshore")
    assert not cache.parent.parent.exists()
    assert not (chroot.root / CONFIG).exists()
