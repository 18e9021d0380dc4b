"""A root file system cut into gzip layers: sorted entries, one fixed time, so that equal files
give equal bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, NamedTuple, Protocol, cast

FIXED_TIME = 1735689600  # 2025-01-01 00:00 UTC

# One layer each, in this order; a path belongs to the longest prefix. The first takes what no
# other claims.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("",),
    ("usr/lib",),
    ("usr/bin", "usr/sbin"),
    ("usr/share",),
    ("var",),
)

# What an image leaves out: device nodes, mount points' content, apt's caches, logs, and
# debootstrap's own notes.
LEFT_OUT = (
    "dev",
    "proc",
    "sys",
    "run",
    "tmp",
    "debootstrap",
    "var/cache",
    "var/log",
    "var/lib/apt/lists",
)


class Layer(NamedTuple):
    digest: str
    diff_id: str
    size: int


class Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...


class HashingWriter:
    """Passes bytes on, counting and hashing them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._sink.write(data)

    def flush(self) -> None:
        """Nothing is held back here; GzipFile asks for it."""

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


def is_below(path: str, folder: str) -> bool:
    return folder == "" or path == folder or path.startswith(folder + "/")


def is_left_out(path: str) -> bool:
    """The folders themselves stay, empty."""
    return (
        any(is_below(path, folder) and path != folder for folder in LEFT_OUT)
        or path == "debootstrap"
    )


def group_of(path: str) -> int:
    prefixes = [
        (len(prefix), number)
        for number, group in enumerate(GROUPS)
        for prefix in group
        if is_below(path, prefix)
    ]
    return max(prefixes)[1]


def with_parents(paths: Iterable[str]) -> list[str]:
    """The paths and every folder above them, so that a layer stands on its own."""
    full = set(paths)
    for path in list(full):
        full.update(str(parent) for parent in Path(path).parents if str(parent) != ".")
    return sorted(full)


def split(root: Path) -> list[list[str]]:
    """The paths of each layer, relative to `root`."""
    groups: list[list[str]] = [[] for _ in GROUPS]
    for entry in root.rglob("*"):
        path = str(entry.relative_to(root))
        if not is_left_out(path):
            groups[group_of(path)].append(path)
    return [with_parents(group) for group in groups]


def add_entry(tar: tarfile.TarFile, root: Path, path: str) -> None:
    info = tar.gettarinfo(root / path, arcname=path)
    if info is None:  # a socket
        return
    info.mtime = FIXED_TIME
    info.uname = info.gname = ""
    if info.isreg():
        with (root / path).open("rb") as content:
            tar.addfile(info, content)
    else:
        tar.addfile(info)


def write_layer(root: Path, paths: list[str], blobs: Path) -> Layer:
    """Writes one layer into the folder `blobs` under the name of its digest."""
    unfinished = blobs / f"unfinished-{root.name}"
    with unfinished.open("wb") as file:
        packed = HashingWriter(file)
        with gzip.GzipFile(
            filename="", mode="wb", fileobj=packed, compresslevel=6, mtime=0
        ) as zipped:
            plain = HashingWriter(zipped)
            stream = cast(IO[bytes], plain)  # the mode "w|" only writes
            with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                for path in paths:
                    add_entry(tar, root, path)
    unfinished.rename(blobs / packed.digest.removeprefix("sha256:"))
    return Layer(packed.digest, plain.digest, packed.size)
