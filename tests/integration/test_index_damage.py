"""The index is damaged or gone: the start is slow and says so, what is stored is proven and served
again, and it is never a crash loop."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from soak.life import until_idle
from support.fixtures import StartLongshore
from support.payload import KIB, MIB, payload, text
from support.registry_client import RegistryClient
from support.scripted_upstream import Repository, ScriptedUpstream
from support.wait import until

NAME = "library/app"
TABLE_FILES = 4  # of the families that matter: blobs, manifests, links, tags


def truncate(pattern: str) -> Callable[[Path], None]:
    def damage(index: Path) -> None:
        for path in index.glob(pattern):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


def flip(pattern: str) -> Callable[[Path], None]:
    def damage(index: Path) -> None:
        for path in index.glob(pattern):
            path.write_bytes(bytes(byte ^ 0x55 for byte in path.read_bytes()))

    return damage


def remove(pattern: str) -> Callable[[Path], None]:
    def damage(index: Path) -> None:
        for path in index.glob(pattern):
            path.unlink()

    return damage


def write_table_files(repository: Repository, client: RegistryClient, index: Path) -> None:
    """Large manifests push the records out of the log, whose size is bounded (rocks_index.cc)."""
    for number in range(24):
        filler = payload(400 * KIB, 100 + number).hex()
        tag = f"filler{number}"
        repository.add_image(payload(KIB, number), tag, annotations={"filler": filler})
        assert client.manifest(NAME, tag).status == 200
        if len(list(index.glob("*.sst"))) >= TABLE_FILES:
            return
    raise AssertionError("no table files")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "the folder is gone": shutil.rmtree,
    "CURRENT is gone": remove("CURRENT"),
    "CURRENT is cut off": truncate("CURRENT"),
    "MANIFEST is cut off": truncate("MANIFEST-*"),
    "MANIFEST is garbage": flip("MANIFEST-*"),
    "table files are garbage": flip("*.sst"),
    "table files are gone": remove("*.sst"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_is_stored_is_served_again(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, damage: Callable[[Path], None]
) -> None:
    repository = upstream.repository(NAME)
    blobs = {
        repository.add_blob(data): data
        for data in (payload(MIB, 1), payload(300 * KIB, 2), text(MIB))
    }
    image = repository.add_image(payload(MIB, 3), "latest")
    blobs[image.layer_digest] = payload(MIB, 3)
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    client.manifest(NAME, "latest")
    for digest, data in blobs.items():
        assert client.blob(NAME, digest).body == data
        longshore.until_hit(f"{NAME}/blobs/{digest}")
    until(lambda: not longshore.staged_files(), "nothing is being filled or compressed")
    write_table_files(repository, client, longshore.cache / "index")
    longshore.kill()
    damage(longshore.cache / "index")

    for _ in range(2):
        longshore.start()
        upstream.forget()
        until_idle(longshore)
        for digest, data in blobs.items():
            assert client.blob(NAME, digest).body == data
            assert upstream.gets(digest) == 0, "it was stored"
        # What only the index knew is fetched anew.
        assert client.manifest(NAME, "latest").body == image.manifest
        longshore.until_hit(f"{NAME}/manifests/latest")
        assert longshore.admin("/readyz").body == b"ready\n"
        longshore.kill()
    said = [line["msg"] for line in longshore.log_lines() if line["topic"] == "index"]
    # Cut off where a record ends, a MANIFEST may have lost nothing that matters.
    if (longshore.cache / "index.damaged").exists():
        assert any("those are read and proven" in msg for msg in said)
        assert any(msg.startswith("rebuilt from the stored files") for msg in said)
    names = {path.name for path in longshore.cache.iterdir()}
    assert names <= {"FORMAT", "index", "index.damaged", "blobs", "staging", "quarantine"}
