"""Debian's docker-registry as a real upstream, with every request it answered counted from its
access log.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import yaml

from support.certificates import Certificates
from support.commands import run
from support.oci_layout import Layout
from support.ports import answers, free_port
from support.process import Process

ACCESS = re.compile(
    r'^\S+ \S+ \S+ \[[^\]]*\] "(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[\d.]+" '
    r"(?P<status>\d+) (?P<bytes>\d+)"
)
MANIFEST_OR_BLOB = re.compile(r"^/v2/.+/(?:manifests|blobs)/")


class Access(NamedTuple):
    method: str
    path: str
    status: int
    bytes: int


class DockerRegistry:
    """Its storage stays when it is stopped, so `start` after `stop` serves the same images on the
    same port. With certificates it speaks TLS, and HTTP/2 if asked to. `remote`: of which it is a
    cache itself.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        certificates: Certificates | None = None,
        remote: str | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._certificates = certificates
        self._remote = remote
        self.port = port or free_port()
        self._config = folder / "registry.yml"
        self._log = folder / "registry.log"
        self._config.write_text(yaml.safe_dump(self._settings(folder / "storage")))
        self._process: Process | None = None
        self._forgotten = 0

    def _settings(self, storage: Path) -> dict[str, object]:
        http: dict[str, object] = {"addr": self.address, "secret": "tests"}
        if self._certificates is not None:
            http["tls"] = {
                "certificate": str(self._certificates.server_certificate),
                "key": str(self._certificates.server_key),
            }
        proxy = {} if self._remote is None else {"proxy": {"remoteurl": self._remote}}
        return {
            "version": 0.1,
            "log": {"level": "error"},
            "storage": {
                "filesystem": {"rootdirectory": str(storage)},
                "maintenance": {"uploadpurging": {"enabled": False}},
            },
            "http": http,
            **proxy,
        }

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}" if self._certificates is None else f"https://{self.address}"

    def start(self) -> None:
        self._process = Process(["docker-registry", "serve", self._config], self._log)
        self._process.ready(lambda: answers(self.port), "docker-registry listens")

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def push(self, image: Layout, name: str) -> None:
        """Puts an image, all its platforms, under `name` (repository:tag)."""
        run(
            [
                "skopeo",
                "--insecure-policy",
                "copy",
                "--all",
                "--quiet",
                "--preserve-digests",  # an uncompressed layer stays one
                "--dest-tls-verify=false",
                image.skopeo_name,
            ]
            + [f"docker://{self.address}/{name}"]
        )

    def accesses(self) -> list[Access]:
        """What it answered since the start, or since `forget`."""
        lines = self._log.read_text(errors="replace")[self._forgotten :].splitlines()
        found = [match for match in map(ACCESS.match, lines) if match]
        return [Access(m["method"], m["path"], int(m["status"]), int(m["bytes"])) for m in found]

    def forget(self) -> None:
        """Begins counting anew."""
        self._forgotten = len(self._log.read_text(errors="replace"))

    def pulls(self) -> list[Access]:
        """The requests for manifests and blobs so far."""
        return [
            a
            for a in self.accesses()
            if a.method in ("GET", "HEAD") and MANIFEST_OR_BLOB.match(a.path)
        ]
