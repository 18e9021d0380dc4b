"""The cache folder of a process that does not run, byte for byte."""

from __future__ import annotations

import tempfile
from pathlib import Path

from support.commands import run
from support.longshore import files_below
from support.oci import digest_of

QUARANTINED = 8  # cache/store/quarantine.h


def broken(cache: Path) -> list[str]:
    """Every sealed file is what its name says; a blob has one file, and a fill one; nothing else
    lies there."""
    found = wrong_files(cache / "blobs")
    fills = [path.name.rpartition(".")[0] for path in files_below(cache / "staging")]
    if len(fills) != len(set(fills)):
        found.append(f"two fills of one blob: {sorted(fills)}")
    if len(files_below(cache / "quarantine")) > QUARANTINED:
        found.append("too much in quarantine")
    names = {path.name for path in cache.iterdir()}
    if not names <= {"FORMAT", "index", "blobs", "staging", "quarantine"}:
        found.append(f"strange files: {sorted(names)}")
    return found


def wrong_files(blobs: Path) -> list[str]:
    wrong: list[str] = []
    for path in files_below(blobs):
        algorithm, _, name = str(path.relative_to(blobs)).partition("/")
        digest = f"{algorithm}:{Path(name).name.removesuffix('.zst')}"
        if digest_of(identity_bytes(path)) != digest:
            wrong.append(f"wrong bytes in {name}")
    return wrong


def identity_bytes(path: Path) -> bytes:
    if path.suffix != ".zst":
        return path.read_bytes()
    with tempfile.NamedTemporaryFile() as plain:
        run(["zstd", "-q", "-d", "-f", path, "-o", plain.name])
        return Path(plain.name).read_bytes()


def disk_usage(cache: Path) -> int:
    """Bytes as du counts them, folders too; what vanishes meanwhile does not count."""
    total = 0
    for path in [cache, *cache.rglob("*")] if cache.exists() else []:
        try:
            total += path.lstat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total

