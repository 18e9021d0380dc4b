"""What the snapshotters that pull lazily put on the wire, replayed: each gets exactly its bytes, and
no pattern costs the upstream a byte twice or one that nobody asked for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.behaviours import ignore_ranges
from support.fixtures import StartLongshore
from support.http_client import Response, parts_of
from support.longshore import Longshore
from support.payload import KIB, MIB, payload
from support.scripted_upstream import ScriptedUpstream

NAME = "library/app"
SIZE = 32 * MIB
CHUNK = 64 * KIB  # what a range is rounded to
# When the upstream is slow, a range under way may be cut for another connection; what libcurl has
# read beyond the cut by then is lost: a buffer each.
CUTS = 8 * 256 * KIB


class Layer:
    """A blob of the upstream, and how a puller asks Longshore for ranges of it."""

    def __init__(self, longshore: Longshore, digest: str, data: bytes) -> None:
        self._longshore = longshore
        self._digest = digest
        self.data = data

    def ask(self, ranges: str, **headers: str) -> Response:
        fields = {"Range": f"bytes={ranges}", **headers}
        return self._longshore.client().blob(NAME, self._digest, fields)

    def check(self, first: int, end: int) -> None:
        answer = self.ask(f"{first}-{end - 1}")
        assert answer.status == 206
        assert answer.header("Accept-Ranges") == "bytes", "SOCI looks for it here"
        assert answer.header("Content-Range") == f"bytes {first}-{end - 1}/{len(self.data)}"
        assert answer.body == self.data[first:end]

    def head(self) -> Response:
        return self._longshore.client().blob(NAME, self._digest, method="HEAD")

    def from_upstream(self) -> float:
        return self._longshore.metrics().total("longshore_upstream_bytes_total")


@pytest.fixture
def layer(upstream: ScriptedUpstream, start_longshore: StartLongshore) -> Layer:
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    return Layer(start_longshore({"docker.io": upstream.url}), digest, data)


def test_stargz(layer: Layer) -> None:
    """Two bytes to see that it is there, HEAD for the size, the footer, the table of contents, then
    files by several ranges at once."""
    assert layer.ask("0-1").status == 206
    assert layer.head().header("Content-Length") == str(SIZE)
    layer.check(SIZE - 51, SIZE)
    layer.check(SIZE - 400_000, SIZE - 51)
    files = [(at, at + 50_000) for at in (50_000, 5 * MIB, 5 * MIB + 200_000, 20 * MIB)]
    wanted = ",".join(f"{first}-{end - 1}" for first, end in files)
    answer = layer.ask(wanted, **{"Accept-Encoding": "identity"})
    assert answer.status == 206
    assert parts_of(answer) == [layer.data[first:end] for first, end in files]
    assert layer.from_upstream() <= 400_000 + sum(end - first for first, end in files) + 12 * CHUNK


def test_soci(layer: Layer) -> None:
    """Spans of 4 MiB as files are opened, then the rest in the background by eight at once."""
    span = 4 * MIB
    for number in (5, 0, 2):
        layer.check(number * span, (number + 1) * span)
    assert layer.from_upstream() <= 3 * span + 6 * CHUNK + CUTS
    piece = 2 * MIB
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: layer.check(at, at + piece), range(0, SIZE, piece)))
    assert layer.from_upstream() <= SIZE + 16 * CHUNK + CUTS


def read_as_nydus(layer: Layer) -> None:
    """The first request alone, then closed ranges of about 1 MiB that overlap a little, at once."""
    layer.check(0, 1000)
    starts = range(MIB, SIZE - MIB, 2 * MIB)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda at: layer.check(at, at + MIB + 4096), starts))


def test_nydus(layer: Layer) -> None:
    read_as_nydus(layer)
    assert layer.from_upstream() <= SIZE // 2 + 16 * 3 * CHUNK + CUTS


def test_nydus_gets_ranges_of_an_upstream_that_knows_none(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """A 200 to a range would corrupt what nydus reads."""
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    upstream.on("GET", digest, ignore_ranges(data, 0))
    read_as_nydus(Layer(start_longshore({"docker.io": upstream.url}), digest, data))
