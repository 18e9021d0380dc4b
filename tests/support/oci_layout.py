"""An OCI image layout in a folder, and what stands in it."""

from __future__ import annotations

import json
from pathlib import Path

from support import oci


class Layout:
    """Holds one index, under one tag."""

    def __init__(self, path: Path, tag: str) -> None:
        self.path = path
        self._tag = tag

    def blob(self, digest: str) -> Path:
        return self.path / "blobs" / digest.replace(":", "/")

    def document(self, digest: str) -> oci.Json:
        document: oci.Json = json.loads(self.blob(digest).read_bytes())
        return document

    @property
    def skopeo_name(self) -> str:
        return f"oci:{self.path}:{self._tag}"

    @property
    def index_digest(self) -> str:
        digest: str = json.loads((self.path / "index.json").read_bytes())["manifests"][0]["digest"]
        return digest

    def manifest_digest(self, architecture: str) -> str:
        for entry in self.document(self.index_digest)["manifests"]:
            if entry["platform"]["architecture"] == architecture:
                digest: str = entry["digest"]
                return digest
        raise KeyError(architecture)

    def layer_digests(self, architecture: str) -> list[str]:
        return [
            layer["digest"] for layer in self.document(self.manifest_digest(architecture))["layers"]
        ]

    def diff_ids(self, architecture: str) -> list[str]:
        config = self.document(self.manifest_digest(architecture))["config"]["digest"]
        diff_ids: list[str] = self.document(config)["rootfs"]["diff_ids"]
        return diff_ids

    def all_digests(self) -> set[str]:
        """Every blob and manifest of every platform."""
        return {f"sha256:{path.name}" for path in (self.path / "blobs/sha256").iterdir()}

    def blob_bytes(self) -> int:
        """What a pull of all platforms moves, manifests included."""
        return sum(path.stat().st_size for path in (self.path / "blobs/sha256").iterdir())
