"""The layers inside an image that a client saved as a tar: hashed again, from the client's own
copy.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import IO

READ = 1 << 20


def sha256_of(stream: IO[bytes]) -> str:
    hasher = hashlib.sha256()
    while piece := stream.read(READ):
        hasher.update(piece)
    return f"sha256:{hasher.hexdigest()}"


def file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return sha256_of(stream)


def member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    """A file of the tar; docker writes a layer that another image shares as a link."""
    stream = tar.extractfile(name)
    assert stream is not None, name
    return stream


def saved_diff_ids(archive: Path) -> list[str]:
    """The digests of the layers of a `docker save` archive, in order, computed from their bytes."""
    with tarfile.open(archive) as tar:
        (image,) = json.load(member(tar, "manifest.json"))
        return [sha256_of(member(tar, layer)) for layer in image["Layers"]]
