"""The few OCI documents the tests need: descriptors, image configs, manifests and indexes, as
exact bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

Json = dict[str, Any]


class Descriptor(NamedTuple):
    media_type: str
    digest: str
    size: int

    def json(self, **more: object) -> Json:
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size, **more}


def digest_of(data: bytes | bytearray | memoryview, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def encode(document: Json) -> bytes:
    """The same document always as the same bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def descriptor_of(media_type: str, data: bytes) -> Descriptor:
    return Descriptor(media_type, digest_of(data), len(data))


def image_config(architecture: str, diff_ids: list[str]) -> bytes:
    return encode(
        {
            "created": "2025-01-01T00:00:00Z",
            "architecture": architecture,
            "os": "linux",
            "config": {
                "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"],
                "Cmd": ["bash"],
            },
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [
                {"created": "2025-01-01T00:00:00Z", "created_by": "longshore tests"}
                for _ in diff_ids
            ],
        }
    )


def image_manifest(config: Descriptor, layers: list[Descriptor], **more: object) -> bytes:
    """`more` goes in as it is: annotations, subject, artifactType."""
    return encode(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.json(),
            "layers": [layer.json() for layer in layers],
            **more,
        }
    )


def image_index(manifests: list[Json]) -> bytes:
    return encode({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
