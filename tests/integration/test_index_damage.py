"""The index is damaged or gone: what is stored is proven and served again, behind the start if that
takes long, and it is never a crash loop."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from soak.life import until_idle
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import KIB, MIB, payload, text
from support.registry_client import RegistryClient
from support.scripted_upstream import Image, Repository, ScriptedUpstream
from support.wait import until

NAME = "library/app"
TABLE_FILES = 4  # of the families that matter: blobs, manifests, links, tags
SLOW_BYTES = 1 << 40  # of a hole: they take no room, and minutes to read


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


def add_slow_blob(longshore: Longshore) -> Path:
    """A sealed file of which the proof takes longer than any test. It is of another algorithm than
    the other blobs, whose folders come first."""
    path = longshore.stored_file("sha512:" + "0" * 128)
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(SLOW_BYTES)
    return path


def is_well(longshore: Longshore) -> bool:
    return longshore.admin("/readyz").body == b"ready\n"


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
        # On a busy machine it may be behind the start that the index is made anew.
        until(lambda: is_well(longshore), "the index knows what is stored")
        until_idle(longshore)
        for digest, data in blobs.items():
            assert client.blob(NAME, digest).body == data
            assert upstream.gets(digest) == 0, "it was stored"
        # What only the index knew is fetched anew.
        assert client.manifest(NAME, "latest").body == image.manifest
        longshore.until_hit(f"{NAME}/manifests/latest")
        assert is_well(longshore)
        longshore.kill()
    said = [line["msg"] for line in longshore.log_lines() if line["topic"] == "index"]
    # Cut off where a record ends, a MANIFEST may have lost nothing that matters.
    if (longshore.cache / "index.damaged").exists():
        assert any("those are read and proven" in msg for msg in said)
        assert any(msg.startswith("rebuilt from the stored files") for msg in said)
    names = {path.name for path in longshore.cache.iterdir()}
    assert names <= {"FORMAT", "index", "index.damaged", "blobs", "staging", "quarantine"}


def empty(cache: Path) -> None:
    for path in cache.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.mark.parametrize("remove_all", [empty, shutil.rmtree], ids=["emptied", "removed"])
def test_a_cache_folder_that_goes_below_the_running_process_is_made_anew(
    upstream: ScriptedUpstream,
    start_longshore: StartLongshore,
    remove_all: Callable[[Path], None],
) -> None:
    repository = upstream.repository(NAME)
    images = [repository.add_image(payload(MIB, n), f"v{n}") for n in range(4)]
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()

    def pull(image: Image, n: int) -> None:
        assert client.manifest(NAME, f"v{n}").body == image.manifest
        assert client.blob(NAME, image.layer_digest).body == payload(MIB, n)

    def damage_is_said() -> bool:
        return (
            longshore.metrics().total("longshore_storage_degraded", reason="index_damaged") == 1
            and b"the next start rebuilds it" in longshore.admin("/readyz").body
        )

    for n in (0, 1):
        pull(images[n], n)
        longshore.until_hit(f"{NAME}/blobs/{images[n].layer_digest}")
    until(lambda: not longshore.staged_files(), "nothing is being filled or compressed")
    remove_all(longshore.cache)
    for n, image in enumerate(images[:3]):
        pull(image, n)
    until(damage_is_said, "it has noticed")
    until((longshore.cache / "FORMAT").exists, "the folder is a cache folder again")
    pull(images[3], 3)
    longshore.until_hit(f"{NAME}/blobs/{images[3].layer_digest}")
    write_table_files(repository, client, longshore.cache / "index")
    until(lambda: not longshore.staged_files(), "nothing is being filled or compressed")
    longshore.kill()

    longshore.start()
    until(lambda: is_well(longshore), "the index knows what is stored")
    upstream.forget()
    pull(images[3], 3)
    assert upstream.gets(images[3].layer_digest) == 0, "it was stored"


def test_a_start_right_after_the_folder_was_emptied_below_the_last_run(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """It has not noticed yet, and made some of its folders again."""
    image = upstream.repository(NAME).add_image(payload(MIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    client.manifest(NAME, "latest")
    empty(longshore.cache)
    client.blob(NAME, image.layer_digest)
    longshore.kill()
    longshore.start()
    assert client.manifest(NAME, "latest").body == image.manifest
    longshore.until_hit(f"{NAME}/blobs/{image.layer_digest}")


def test_a_rebuild_that_takes_long_goes_on_behind_the_start_and_ends_with_it(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(MIB, 1)
    image = upstream.repository(NAME).add_image(data, "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    client.manifest(NAME, "latest")
    longshore.until_hit(f"{NAME}/blobs/{image.layer_digest}")
    until(lambda: not longshore.staged_files(), "nothing is being filled or compressed")
    longshore.stop()
    stored = longshore.stored_digests()
    folders = len(list((longshore.cache / "blobs" / "sha256").iterdir()))
    slow = add_slow_blob(longshore)
    shutil.rmtree(longshore.cache / "index")

    far = f"of which {100 * folders // (folders + 1)} % are looked through".encode()
    for _ in range(2):
        longshore.start()
        until(lambda: far in longshore.admin("/readyz").body, "only the slow one is left")
        ready = longshore.admin("/readyz")
        assert ready.status == 200
        assert ready.body.startswith(b"ready, degraded: the index is made anew")
        assert longshore.metrics().total("longshore_storage_degraded", reason="index_damaged") == 1
        assert client.manifest(NAME, "latest").body == image.manifest
        answer = client.blob(NAME, image.layer_digest)
        assert answer.body == data
        assert answer.header("Cache-Status") == "longshore; fwd=bypass"
        assert b"cannot be used now" in longshore.admin("/api/v1/ls").body
        longshore.process.signal(signal.SIGTERM)
        assert longshore.process.exit_status() == 0
        longshore.stop()

    # What it had proven by then it need not prove again.
    slow.unlink()
    said = len(longshore.log_lines())
    longshore.start()
    until(lambda: is_well(longshore), "the index knows what is stored")
    assert not any("read and proven" in line["msg"] for line in longshore.log_lines()[said:])
    assert longshore.stored_digests() == stored
    upstream.forget()
    assert client.blob(NAME, image.layer_digest).body == data
    assert upstream.gets(image.layer_digest) == 0, "it was stored"
    assert longshore.metrics().total("longshore_storage_degraded") == 0
