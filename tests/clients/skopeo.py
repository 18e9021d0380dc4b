"""Skopeo: copies all platforms into a folder, addressing the mirror itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from clients.archive import file_digest
from support.commands import run
from support.oci_layout import Layout


class Skopeo:
    def __init__(self, folder: Path, source: str) -> None:
        """`source` is registry/repository:tag."""
        self._source = source
        self._target = folder / "skopeo"

    def empty(self) -> None:
        shutil.rmtree(self._target, ignore_errors=True)

    def pull(self) -> None:
        run(
            ["skopeo", "--insecure-policy", "copy", "--all", "--quiet", "--src-tls-verify=false"]
            + [f"docker://{self._source}", f"dir:{self._target}"]
        )

    def check(self, image: Layout) -> None:
        stored = {file_digest(path) for path in self._target.iterdir()}
        assert image.all_digests() <= stored
