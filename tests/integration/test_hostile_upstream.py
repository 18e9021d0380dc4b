"""Upstreams that send too much, too many or what breaks out of its place: each ends in a clear error,
with little memory and nothing stored."""

from __future__ import annotations

import gzip
import http.client
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from support import oci
from support.behaviours import Behaviour, encoded
from support.fixtures import StartLongshore
from support.http_client import ask_raw
from support.http_server import CHUNK, Reply, Request
from support.longshore import Longshore, one_connection
from support.payload import MIB, payload
from support.raw_upstream import RawUpstream
from support.scripted_upstream import ScriptedUpstream

NAME = "library/app"
GIB = 1024 * MIB
FLAT = 40 * MIB  # more than most of these may add to the memory of the process
NO_PREFETCH = {"prefetch": False}


def zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


CODINGS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd}


class Endless:
    """Another body than the registry's: `size` bytes, made as they are sent, and counted."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.sent = 0

    def __call__(self, request: Request, answer: Reply) -> Reply:
        return replace(answer, body=self._body(), length=self._size)

    def _body(self) -> Iterator[bytes]:
        piece = b"[" * CHUNK
        while self.sent < self._size:
            self.sent += len(piece)
            yield piece


def bomb(coding: str) -> Behaviour:
    """256 MiB in some KiB, for those who accept the coding."""
    body = CODINGS[coding](bytes(256 * MIB))

    def explode(request: Request, answer: Reply) -> Reply:
        if coding not in request.headers.get("accept-encoding", ""):
            return answer
        return replace(
            answer.without_header("Content-Range").with_header("Content-Encoding", coding),
            status=200,
            body=[body],
            length=len(body),
        )

    return explode


@pytest.mark.parametrize("kind", ["manifests/latest", "tags/list"])
def test_ten_gigabytes_for_a_manifest_or_a_list_are_cut_off(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, kind: str
) -> None:
    upstream.repository(NAME).add_image(payload(1000), "latest")
    flood = Endless(10 * GIB)
    upstream.on("GET", kind, flood)
    longshore = start_longshore({"docker.io": upstream.url})
    before = longshore.peak_rss_bytes()
    answer = longshore.client().ask("GET", f"{NAME}/{kind}")
    assert (answer.status, answer.error_code) == (502, "SIZE_INVALID")
    assert flood.sent < 64 * MIB  # what the sockets on the way hold
    longshore.assert_peak_rss_below(before + FLAT)
    upstream.behave()
    assert longshore.client().ask("GET", f"{NAME}/{kind}").status == 200


@pytest.mark.parametrize("coding", CODINGS)
def test_a_manifest_that_expands_beyond_its_limit_is_cut_off(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, coding: str
) -> None:
    upstream.repository(NAME).add_image(payload(1000), "latest")
    upstream.on("GET", "latest", bomb(coding))
    longshore = start_longshore({"docker.io": upstream.url})
    before = longshore.peak_rss_bytes()
    answer = longshore.client().manifest(NAME, "latest")
    assert (answer.status, answer.error_code) == (502, "SIZE_INVALID")
    longshore.assert_peak_rss_below(before + FLAT)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_blob_that_expands_beyond_its_size_ends_short_and_is_not_stored(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, coding: str
) -> None:
    """The manifest says 1 MiB; the answer decodes to 256."""
    image = upstream.repository(NAME).add_image(payload(MIB), "latest", oci.LAYER_TAR)
    upstream.on("GET", image.layer_digest, bomb(coding))
    longshore = start_longshore({"docker.io": {"url": upstream.url, **NO_PREFETCH}})
    assert longshore.client().manifest(NAME, "latest").status == 200
    before = longshore.peak_rss_bytes()
    try:
        answer = longshore.client().blob(NAME, image.layer_digest)
        assert answer.status == 502 or answer.body == payload(MIB)
    except http.client.IncompleteRead as short:
        assert len(short.partial) < MIB
    longshore.assert_peak_rss_below(before + FLAT)
    assert longshore.disk_bytes() < 32 * MIB


@pytest.mark.parametrize("coding", CODINGS)
def test_a_layer_that_is_a_thousandth_on_the_wire_takes_no_more_memory_than_another(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, coding: str
) -> None:
    """Each time the disk is behind, its transfer is paused, and is more than libcurl 7.88 can keep of
    one then (64 MiB, decoded)."""
    layer = bytes(128 * MIB)
    image = upstream.repository(NAME).add_image(layer, "latest", oci.LAYER_TAR)
    sent = CODINGS[coding](layer)
    upstream.on("GET", image.layer_digest, encoded(coding, lambda _: sent))
    longshore = start_longshore({"docker.io": one_connection(upstream.url, **NO_PREFETCH)})
    assert longshore.client().manifest(NAME, "latest").status == 200
    before = longshore.peak_rss_bytes()
    assert longshore.client().blob(NAME, image.layer_digest).body == layer
    assert upstream.gets(image.layer_digest) == 1
    longshore.assert_peak_rss_below(before + FLAT)


def test_a_head_that_never_ends_is_cut_off(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    upstream.repository(NAME).add_image(payload(1000), "latest")

    def flood(request: Request, answer: Reply) -> Reply:
        for number in range(2000):
            answer.headers[f"X-{number}"] = "v" * 1000
        return answer

    upstream.on("", "latest", flood)
    longshore = start_longshore({"docker.io": upstream.url})
    before = longshore.peak_rss_bytes()
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status == 502
    assert "head of the answer is too large" in answer.error_message
    longshore.assert_peak_rss_below(before + FLAT)


def head_of(longshore: Longshore, target: str) -> bytes:
    return ask_raw(longshore.port, target).partition(b"\r\n\r\n")[0]


def test_a_type_with_a_line_break_stays_out_of_our_head(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """A bare CR, which libcurl lets pass and some clients take for the end of a line."""
    upstream.repository(NAME).add_image(payload(1000), "latest")
    upstream.on(
        "", "latest", lambda request, it: it.with_header("Content-Type", "a/b\rX-Evil: 1")
    )
    longshore = start_longshore({"docker.io": upstream.url})
    head = head_of(longshore, f"/v2/{NAME}/manifests/latest")
    assert head.startswith(b"HTTP/1.1 200") and b"X-Evil" not in head
    assert oci.MANIFEST.encode() in head


def test_a_link_with_a_line_break_stays_one_header(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    upstream.repository(NAME).add_image(payload(1000), "latest")
    link = f'</v2/{NAME}/tags/list?n=1&last=%0d%0aX-Evil:%201>; rel="next"'
    upstream.on("GET", "tags/list", lambda request, it: it.with_header("Link", link))
    longshore = start_longshore({"docker.io": upstream.url})
    head = head_of(longshore, f"/v2/{NAME}/tags/list")
    (sent,) = [line for line in head.split(b"\r\n") if line.startswith(b"Link: ")]
    assert b"last=%0D%0AX-Evil%3A%201" in sent
    assert not any(line.startswith(b"X-Evil") for line in head.splitlines())


@pytest.mark.parametrize(
    "head",
    [b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", b"Content-Length: 0\r\n\r\n"],
    ids=["chunked", "none"],
)
def test_a_blob_without_a_length_is_refused(
    servers: ExitStack, start_longshore: StartLongshore, head: bytes
) -> None:
    """Nothing could be held back until it is proven."""
    raw = RawUpstream(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + head))
    servers.callback(raw.stop)
    longshore = start_longshore({"docker.io": raw.url})
    answer = longshore.client().blob(NAME, oci.digest_of(b"x"))
    assert answer.status == 502
    assert "gives no length" in answer.error_message
    assert longshore.stored_digests() == set()
