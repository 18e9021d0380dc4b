"""What the disk changes by itself: found by the scrub or at the first read, never served as a whole
blob, fetched anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import MIB, payload, text
from support.scripted_upstream import ScriptedUpstream
from support.wait import hold, until

NAME = "library/app"
SIZE = 3 * MIB
FIRST_READS = {"verify_first_read": "on", "scrub": "off"}


def stored_file(longshore: Longshore, digest: str) -> Path:
    algorithm, _, name = digest.partition(":")
    return next((longshore.cache / "blobs" / algorithm / name[:2]).glob(f"{name}*"))


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


def rotten(longshore: Longshore) -> float:
    return longshore.metrics().total("longshore_scrub_corrupt_blobs_total")


def store(longshore: Longshore, digest: str, data: bytes) -> Path:
    assert longshore.client().blob(NAME, digest).body == data
    longshore.until_hit(f"{NAME}/blobs/{digest}")
    return stored_file(longshore, digest)


def assert_refetched(
    longshore: Longshore, upstream: ScriptedUpstream, digest: str, data: bytes
) -> None:
    before = upstream.gets(digest)
    assert longshore.client().blob(NAME, digest).body == data
    assert upstream.gets(digest) > before
    longshore.until_hit(f"{NAME}/blobs/{digest}")
    assert longshore.client().blob(NAME, digest).body == data


def test_the_scrub_finds_it_without_any_client(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(SIZE)
    repository = upstream.repository(NAME)
    digest = repository.add_blob(data)
    good = {repository.add_blob(it): it for it in (payload(MIB, seed) for seed in range(5, 9))}
    longshore = start_longshore({"docker.io": upstream.url}, cache={"scrub": "2s"})
    for other, content in good.items():
        store(longshore, other, content)
    flip(store(longshore, digest, data), SIZE // 2)
    until(lambda: rotten(longshore) == 1, "the scrub finds it", 60)
    until(lambda: digest not in longshore.stored_digests(), "it is no longer stored")
    assert [path.name.split(".")[0] for path in (longshore.cache / "quarantine").iterdir()] == [
        digest.replace(":", "-")
    ]
    metrics = longshore.metrics()
    assert metrics.total("longshore_scrub_bytes_total") >= SIZE // 2
    assert_refetched(longshore, upstream, digest, data)
    until(
        lambda: longshore.metrics().total("longshore_scrub_last_pass_time_seconds") > 0,
        "a pass is complete",
        60,
    )
    # All others are right, and stay.
    assert rotten(longshore) == 1
    for other, content in good.items():
        answer = longshore.client().blob(NAME, other)
        assert answer.body == content
        assert answer.header("Cache-Status") == "longshore; hit"


def test_the_scrub_may_be_off(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(MIB)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": upstream.url}, cache={"scrub": "off"})
    flip(store(longshore, digest, data), MIB // 2)
    hold(lambda: rotten(longshore) == 0, "nothing is read", 3)
    assert longshore.metrics().total("longshore_scrub_bytes_total") == 0


@pytest.mark.parametrize("at", [0, SIZE // 2, SIZE - 1])
def test_a_first_read_never_gives_a_whole_wrong_blob(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore, at: int
) -> None:
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": upstream.url}, cache=FIRST_READS)
    path = store(longshore, digest, data)
    longshore.stop()
    flip(path, at)
    longshore.start()
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"
    assert Download(url, folder / "short").digest() is None
    until(lambda: rotten(longshore) == 1, "it is counted")
    assert_refetched(longshore, upstream, digest, data)
    assert len(list((longshore.cache / "quarantine").iterdir())) == 1


@pytest.mark.parametrize("where", ["first frame", "middle"])
def test_a_first_read_of_what_is_kept_compressed(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore, where: str
) -> None:
    data = text(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": upstream.url}, cache=FIRST_READS)
    store(longshore, digest, data)
    until(lambda: stored_file(longshore, digest).suffix == ".zst", "it is compressed")
    longshore.stop()
    longshore.start()
    assert longshore.client().blob(NAME, digest).body == data
    longshore.stop()
    file = stored_file(longshore, digest)
    # Of what was sent before a frame that does not decode nothing says that it is right.
    expected = digest if where == "first frame" else None
    flip(file, 100 if where == "first frame" else file.stat().st_size // 2)
    longshore.start()
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "head")
    assert download.digest() == expected
    assert_refetched(longshore, upstream, digest, data)


def test_first_reads_of_good_blobs_are_hits(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": upstream.url}, cache=FIRST_READS)
    store(longshore, digest, data)
    longshore.stop()
    upstream.stop()
    longshore.start()
    for range_header, expected in (
        ({"Range": f"bytes={SIZE - 10}-"}, data[-10:]),
        ({"Range": "bytes=5-9"}, data[5:10]),
        ({}, data),
        ({}, data),
    ):
        answer = longshore.client().blob(NAME, digest, range_header)
        assert answer.body == expected
        assert answer.header("Cache-Status") == "longshore; hit"
    assert rotten(longshore) == 0
