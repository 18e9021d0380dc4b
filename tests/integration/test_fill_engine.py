"""Only the bytes that somebody wants are fetched, and no byte twice."""

from __future__ import annotations

import socket
from pathlib import Path

from support.behaviours import Hold, cut, ignore_ranges
from support.download import Download
from support.fixtures import StartLongshore
from support.http_client import connect
from support.longshore import Longshore, one_connection
from support.oci import digest_of
from support.payload import KIB, MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import hold as holds
from support.wait import until

NAME = "library/app"
SIZE = 32 * MIB


def upstream_bytes(longshore: Longshore) -> float:
    return longshore.metrics().total("longshore_upstream_bytes_total")


def written(longshore: Longshore) -> int:
    """Bytes on disk of all that is being fetched."""
    return sum(fill["present"] for fill in longshore.admin("/api/v1/fills").json()["fills"])


def fills(longshore: Longshore, outcome: str) -> float:
    return longshore.metrics().total("longshore_fills_total", outcome=outcome)


def test_a_small_range_of_a_cold_blob_costs_its_chunk_once(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    middle = SIZE // 2 + 5
    for _ in range(2):
        answer = longshore.client().blob(
            NAME, digest, {"Range": f"bytes={middle}-{middle + KIB - 1}"}
        )
        assert answer.status == 206
        assert answer.body == data[middle : middle + KIB]
        assert upstream_bytes(longshore) <= MIB
    assert upstream.gets(digest) == 1, "the second time it was there"


def test_a_probe_of_two_bytes_and_a_head_start_no_fill(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """stargz probes so; every client asks HEAD."""
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    assert client.blob(NAME, digest, {"Range": "bytes=0-1"}).status == 206
    assert client.blob(NAME, digest, method="HEAD").header("Content-Length") == str(SIZE)
    until(lambda: fills(longshore, "left") == 1, "the fetch for the probe is over")
    assert upstream_bytes(longshore) <= MIB


def test_several_ranges_of_a_cold_blob_come_as_parts(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """zstd:chunked asks so; it wants exactly the parts it asked for."""
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": upstream.url})
    wanted = [(100, 1100), (20 * MIB, 20 * MIB + 500), (SIZE - 10, SIZE)]
    header = ",".join(f"{first}-{end - 1}" for first, end in wanted)
    answer = longshore.client().blob(NAME, digest, {"Range": f"bytes={header}"})
    assert answer.status == 206
    boundary = answer.header("Content-Type").partition("boundary=")[2].strip('"')
    parts = answer.body.split(b"--" + boundary.encode())[1:-1]
    assert [part.partition(b"\r\n\r\n")[2][:-2] for part in parts] == [
        data[first:end] for first, end in wanted
    ]
    assert upstream_bytes(longshore) <= MIB


def test_open_ended_readers_that_close_early_cost_no_byte_twice(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """containerd's parallel mode: one open-ended request a chunk, closed when the chunk is there."""
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": upstream.url})
    chunk = SIZE // 4
    sockets = []
    for first in range(0, SIZE, chunk):
        sock = connect(longshore.port)
        sock.sendall(
            f"GET /v2/{NAME}/blobs/{digest} HTTP/1.1\r\nHost: x\r\n"
            f"Range: bytes={first}-\r\n\r\n".encode()
        )
        sockets.append(sock)
    for number, sock in enumerate(sockets):
        assert read_body(sock, chunk) == data[number * chunk : (number + 1) * chunk]
        sock.close()
    assert Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "head").digest() == digest
    assert upstream_bytes(longshore) <= 1.1 * SIZE


def read_body(sock: socket.socket, size: int) -> bytes:
    """The first `size` bytes of the response's body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += sock.recv(65536)
    body = bytearray(received.partition(b"\r\n\r\n")[2])
    while len(body) < size:
        piece = sock.recv(1 << 20)
        assert piece, "the response ended early"
        body += piece
    return bytes(body[:size])


def test_a_connection_cut_again_and_again_is_continued(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    upstream.on("GET", digest, cut(3 * MIB))
    longshore = start_longshore({"docker.io": upstream.url})
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"
    downloads = [Download(url, folder / f"head-{number}") for number in range(3)]
    assert [download.digest() for download in downloads] == [digest] * 3
    assert upstream_bytes(longshore) <= 1.05 * SIZE


def test_a_far_upstream_that_ignores_ranges_is_read_to_its_end(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    upstream.on("GET", digest, ignore_ranges(data, 0.03))
    longshore = start_longshore({"docker.io": upstream.url})
    longshore.client().blob(NAME, digest, method="HEAD")
    assert Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "head").digest() == digest
    # The first transfer may have ended where another was to go on; then it is read once more.
    assert upstream_bytes(longshore) <= 2 * SIZE


def test_two_ranges_at_once_of_an_upstream_that_ignores_ranges(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    upstream.on("GET", digest, ignore_ranges(data, 0.2))
    longshore = start_longshore({"docker.io": upstream.url})
    longshore.client().blob(NAME, digest, method="HEAD")
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"
    firsts = (MIB, SIZE - 2 * MIB)
    readers = [
        Download(url, folder / f"head-{first}", f"{first}-{first + 999}") for first in firsts
    ]
    assert [reader.digest() for reader in readers] == [
        digest_of(data[first : first + 1000]) for first in firsts
    ]


def test_after_a_kill_only_the_rest_is_fetched(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    hold = Hold(at=SIZE // 2)
    upstream.on("GET", digest, hold)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"
    interrupted = Download(url, folder / "interrupted")
    # Received is not enough: a fill may hold 4 MiB that are not written. Of what is written, only the
    # last 2 MiB may have no record.
    until(lambda: written(longshore) >= SIZE // 2, "half of it is written")
    longshore.kill()
    hold.release()
    assert interrupted.digest() is None
    upstream.behave()
    longshore.start()
    assert Download(url, folder / "again").digest() == digest
    assert upstream_bytes(longshore) <= 0.6 * SIZE


def test_what_a_manifest_names_is_there_before_anybody_asks(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(MIB), "latest")
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    assert longshore.client().manifest(NAME, "latest").status == 200
    until(lambda: fills(longshore, "sealed") == 2, "config and layer are stored")
    asked = upstream.gets(image.layer_digest)
    assert longshore.client().blob(NAME, image.layer_digest).header("Cache-Status") == (
        "longshore; hit"
    )
    assert upstream.gets(image.layer_digest) == asked == 1
    assert longshore.metrics().total("longshore_prefetched_bytes_total") >= MIB


def test_prefetch_can_be_turned_off(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(MIB), "latest")
    longshore = start_longshore({"docker.io": {"url": upstream.url, "prefetch": False}})
    assert longshore.client().manifest(NAME, "latest").status == 200
    holds(lambda: upstream.gets(image.layer_digest) == 0, "nobody asks for the layer", seconds=0.5)


def test_a_fill_that_nobody_reads_goes_on_when_enough_of_it_is_there(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    for at, outcome in ((SIZE // 8, "left"), (SIZE // 2, "sealed")):
        digest = upstream.repository(NAME).add_blob(payload(SIZE, seed=at))
        hold = Hold(at=at)
        upstream.on("GET", digest, hold)
        longshore = start_longshore({"docker.io": one_connection(upstream.url)})
        reader = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / outcome)
        until(lambda: upstream_bytes(longshore) >= at, "so much of it is there")  # noqa: B023
        reader.leave()
        if outcome == "sealed":
            until(lambda: longshore.metrics().total("longshore_connections") == 0, "it has left")
        else:
            until(lambda: fills(longshore, "left") == 1, "the fill is over")
        hold.release()
        until(lambda: fills(longshore, outcome) == 1, outcome)  # noqa: B023
        longshore.stop()
