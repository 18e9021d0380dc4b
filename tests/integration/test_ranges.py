"""Range and If-Range on what is stored, what is cold and what is in flight."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.behaviours import Hold
from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import Longshore, one_connection
from support.payload import MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NAME = "library/app"
SIZE = 3 * MIB
DATA = payload(SIZE)

RANGES = [
    ("bytes=0-0", 0, 1),
    ("bytes=10-19", 10, 20),
    (f"bytes={MIB}-", MIB, SIZE),
    ("bytes=-1000", SIZE - 1000, SIZE),
    (f"bytes=100-{SIZE * 2}", 100, SIZE),
    (f"bytes=-{SIZE * 2}", 0, SIZE),
    ("bytes=0-", 0, SIZE),
]


@pytest.fixture
def digest(upstream: ScriptedUpstream) -> str:
    return upstream.repository(NAME).add_blob(DATA)


@pytest.fixture
def longshore(
    digest: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> Longshore:
    return start_longshore({"docker.io": upstream.url})


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize(("wanted", "first", "end"), RANGES)
def test_a_range_is_served_whole(
    longshore: Longshore, digest: str, wanted: str, first: int, end: int, warm: bool
) -> None:
    client = longshore.client()
    if warm:
        assert client.blob(NAME, digest).body == DATA
    answer = client.blob(NAME, digest, {"Range": wanted})
    assert answer.status == 206
    assert answer.header("Content-Range") == f"bytes {first}-{end - 1}/{SIZE}"
    assert answer.header("Content-Length") == str(end - first)
    assert answer.header("Accept-Ranges") == "bytes"
    assert answer.body == DATA[first:end]
    assert client.blob(NAME, digest).body == DATA


def test_a_range_beyond_the_end_is_refused(longshore: Longshore, digest: str) -> None:
    client = longshore.client()
    client.blob(NAME, digest)
    answer = client.blob(NAME, digest, {"Range": f"bytes={SIZE}-"})
    assert answer.status == 416
    assert answer.header("Content-Range") == f"bytes */{SIZE}"


@pytest.mark.parametrize("wanted", ["bytes=9-3", "lines=1-2", "bytes=a-b", "bytes="])
def test_a_range_that_makes_no_sense_is_ignored(
    longshore: Longshore, digest: str, wanted: str
) -> None:
    client = longshore.client()
    client.blob(NAME, digest)
    answer = client.blob(NAME, digest, {"Range": wanted})
    assert (answer.status, answer.body) == (200, DATA)


def test_several_ranges_are_never_answered_with_one(longshore: Longshore, digest: str) -> None:
    """A single part in answer to several breaks zstd:chunked; the whole blob or multipart does
    not.
    """
    client = longshore.client()
    client.blob(NAME, digest)
    answer = client.blob(NAME, digest, {"Range": "bytes=0-9,100-109"})
    is_multipart = answer.header("Content-Type").startswith("multipart/byteranges")
    assert answer.status in (200, 400) or (answer.status == 206 and is_multipart)


def test_if_range_decides_between_part_and_whole(longshore: Longshore, digest: str) -> None:
    client = longshore.client()
    etag = client.blob(NAME, digest).header("ETag")
    part = client.blob(NAME, digest, {"Range": "bytes=5-9", "If-Range": etag})
    assert (part.status, part.body) == (206, DATA[5:10])
    whole = client.blob(NAME, digest, {"Range": "bytes=5-9", "If-Range": '"another"'})
    assert (whole.status, whole.body) == (200, DATA)


def ask(longshore: Longshore, digest: str, first: int, end: int) -> str:
    """What became of a range: its Cache-Status."""
    answer = longshore.client().blob(NAME, digest, {"Range": f"bytes={first}-{end - 1}"})
    assert (answer.status, answer.body) == (206, DATA[first:end])
    return answer.header("Cache-Status").removeprefix("longshore; ")


def test_a_range_of_an_unfinished_blob_is_a_hit_where_it_is_held(
    longshore: Longshore, digest: str, upstream: ScriptedUpstream
) -> None:
    """What lazy pullers read again and again counted as missed for ever, and the hit ratio fell
    for it."""
    assert ask(longshore, digest, 1000, 2000) == "fwd=miss"
    assert [ask(longshore, digest, 1000, 2000) for _ in range(5)] == ["hit"] * 5
    assert upstream.gets(digest) == 1
    head = longshore.client().blob(NAME, digest, method="HEAD")
    assert head.header("Cache-Status") == "longshore; hit"
    assert ask(longshore, digest, 1000, MIB) == "fwd=partial"
    assert ask(longshore, digest, 2 * MIB, 2 * MIB + 1) == "fwd=miss"
    both = longshore.client().blob(NAME, digest, {"Range": f"bytes=0-9,{2 * MIB}-{2 * MIB}"})
    assert both.header("Cache-Status") == "longshore; hit"
    counts = {"miss": 2, "hit": 7, "partial": 1}
    until(
        lambda: {
            verdict: longshore.metrics().total("longshore_requests_total", verdict=verdict)
            for verdict in counts
        }
        == counts,
        "they are counted as clients were told them",
    )


def test_who_waits_for_what_comes_for_another_is_collapsed(
    folder: Path, digest: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    hold = Hold(at=2 * MIB)
    upstream.on("GET", digest, hold)
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"
    whole = Download(url, folder / "whole")
    until(hold.reached.is_set, "2 MiB have been sent")
    other = Download(url, folder / "other")
    until(other.has_begun, "another reads with it")
    hold.release()
    assert [whole.digest(), other.digest()] == [digest] * 2
    counted = longshore.metrics
    until(lambda: counted().total("longshore_requests_total", verdict="collapsed") == 1, "it joined")
    assert counted().total("longshore_requests_total", verdict="miss") == 1


def test_a_range_that_is_present_is_served_while_the_rest_is_in_flight(
    folder: Path, digest: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    hold = Hold(at=2 * MIB)
    upstream.on("GET", digest, hold)
    whole = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "whole")
    until(hold.reached.is_set, "2 MiB have been sent")
    answer = longshore.client().blob(NAME, digest, {"Range": f"bytes=1000-{MIB - 1}"})
    assert (answer.status, answer.body) == (206, DATA[1000:MIB])
    hold.release()
    assert whole.digest() == digest
    assert upstream.gets(digest) == 1
