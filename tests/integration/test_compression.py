"""What compresses travels compressed and lies compressed; every client gets the identity bytes."""

from __future__ import annotations

import gzip
import http.client
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest

from support import oci
from support.behaviours import cut, encoded
from support.fixtures import StartLongshore
from support.http_server import Reply, Request, chunks
from support.longshore import Longshore, one_connection
from support.payload import KIB, MIB, text
from support.scripted_upstream import Image, ScriptedUpstream

NAME = "library/app"
SIZE = 12 * MIB


def zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "-3", "-c"], input=data, capture_output=True, check=True).stdout


CODINGS = {"zstd": zstd, "gzip": gzip.compress}


def upstream_bytes(longshore: Longshore) -> float:
    return longshore.metrics().total("longshore_upstream_bytes_total")


def add_tar_image(upstream: ScriptedUpstream) -> tuple[Image, bytes]:
    layer = text(SIZE)
    return upstream.repository(NAME).add_image(layer, "latest", oci.LAYER_TAR), layer


@pytest.mark.parametrize("coding", CODINGS)
def test_an_uncompressed_layer_travels_encoded_and_is_proven_decoded(
    coding: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image, layer = add_tar_image(upstream)
    upstream.on("GET", "", encoded(coding, CODINGS[coding]))
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    client = longshore.client()
    assert client.manifest(NAME, "latest").body == image.manifest
    answer = client.blob(NAME, image.layer_digest, {"Accept-Encoding": "zstd, gzip"})
    assert answer.body == layer
    assert answer.header("Content-Encoding") == "", "clients get identity bytes, always"
    asked = upstream.asked("GET", image.layer_digest)
    assert [request.headers.get("accept-encoding") for request in asked] == ["zstd, gzip"]
    assert upstream_bytes(longshore) <= 1.05 * len(CODINGS[coding](layer)) + 64 * KIB


def test_compressed_layers_and_ranges_are_asked_for_as_they_are(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    layer = text(SIZE)
    image = upstream.repository(NAME).add_image(layer, "latest")  # a gzip layer, as the type says
    tar, plain = add_tar_image(upstream)
    upstream.on("GET", "", encoded("gzip", gzip.compress))
    longshore = start_longshore({"docker.io": one_connection(upstream.url, prefetch=False)})
    client = longshore.client()
    digest = oci.digest_of(image.manifest)
    assert client.manifest(NAME, digest).status == 200
    assert client.blob(NAME, image.layer_digest).body == layer
    assert client.manifest(NAME, oci.digest_of(tar.manifest)).status == 200
    assert client.blob(NAME, tar.layer_digest, {"Range": "bytes=5000000-5000999"}).body == (
        plain[5000000:5001000]
    )
    for request in upstream.asked("GET", image.layer_digest):
        assert "accept-encoding" not in request.headers


def test_an_encoded_transfer_that_breaks_goes_on_by_range(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image, layer = add_tar_image(upstream)
    upstream.on("GET", image.layer_digest, encoded("gzip", gzip.compress))
    upstream.on("GET", image.layer_digest, cut(MIB))
    longshore = start_longshore({"docker.io": one_connection(upstream.url, prefetch=False)})
    client = longshore.client()
    client.manifest(NAME, "latest")
    assert client.blob(NAME, image.layer_digest).body == layer
    asked = upstream.asked("GET", image.layer_digest)
    assert "range" not in asked[0].headers
    assert all("range" in request.headers for request in asked[1:])


def windowed(data: bytes) -> bytes:
    """As RFC 9659 forbids it: a window of 128 MiB."""
    return subprocess.run(
        ["zstd", "-1", "--long=27", "-c"], input=data, capture_output=True, check=True
    ).stdout


# As what, and of which bytes of the layer's, an encoded answer then comes.
USELESS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "unasked": ("br", gzip.compress),
    "damaged": ("gzip", lambda data: gzip.compress(data)[:20] + bytes(1000)),
    "window": ("zstd", windowed),
    "as-it-is": ("zstd", bytes),
}


@pytest.mark.parametrize("how", USELESS)
def test_a_layer_whose_encoding_is_of_no_use_is_asked_for_as_it_is(
    how: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image, layer = add_tar_image(upstream)
    name, encode = USELESS[how]
    body = encode(layer)

    def useless(request: Request, answer: Reply) -> Reply:
        if "accept-encoding" not in request.headers:
            return answer
        return replace(
            answer.with_header("Content-Encoding", name), body=chunks(body), length=len(body)
        )

    upstream.on("GET", image.layer_digest, useless)
    longshore = start_longshore({"docker.io": one_connection(upstream.url, prefetch=False)})
    client = longshore.client()
    client.manifest(NAME, "latest")
    assert client.blob(NAME, image.layer_digest).body == layer
    asked = upstream.asked("GET", image.layer_digest)
    assert [request.headers.get("accept-encoding") for request in asked] == ["zstd, gzip", None]


@pytest.mark.parametrize("coding", CODINGS)
def test_a_layer_that_stops_within_its_encoding_goes_on_by_range(
    coding: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image, layer = add_tar_image(upstream)
    upstream.on(
        "GET", image.layer_digest, encoded(coding, lambda data: CODINGS[coding](data)[:-5000])
    )
    longshore = start_longshore({"docker.io": one_connection(upstream.url, prefetch=False)})
    client = longshore.client()
    client.manifest(NAME, "latest")
    assert client.blob(NAME, image.layer_digest).body == layer
    asked = upstream.asked("GET", image.layer_digest)
    assert ["range" in request.headers for request in asked] == [False, True]


def test_a_manifest_whose_encoding_is_damaged_is_refused(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """All of its bytes are there; the checksum is not."""
    image, _ = add_tar_image(upstream)
    upstream.on("GET", "", encoded("gzip", lambda data: gzip.compress(data)[:-8] + bytes(8)))
    longshore = start_longshore({"docker.io": one_connection(upstream.url, prefetch=False)})
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status == 502
    assert "gzip" in answer.error_message
    upstream.behave()
    assert longshore.client().manifest(NAME, "latest").body == image.manifest


def test_bytes_that_are_not_what_they_say_are_held_back(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image, layer = add_tar_image(upstream)

    def broken(data: bytes) -> bytes:
        return gzip.compress(data[:-1] + b"?")

    upstream.on("GET", image.layer_digest, encoded("gzip", broken))
    longshore = start_longshore({"docker.io": one_connection(upstream.url, prefetch=False)})
    longshore.client().manifest(NAME, "latest")
    with pytest.raises(http.client.IncompleteRead) as short:
        longshore.client().blob(NAME, image.layer_digest)
    assert layer.startswith(short.value.partial)
    assert longshore.metrics().total("longshore_digest_mismatches_total") == 1


def test_a_stored_layer_is_compressed_and_ranges_of_it_are_right(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image, layer = add_tar_image(upstream)
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    client.manifest(NAME, "latest")
    path = f"{NAME}/blobs/{image.layer_digest}"
    assert longshore.until_hit(path).body == layer
    longshore.until_compressed(image.layer_digest)

    def check(wanted: str) -> bytes:
        return client.blob(NAME, image.layer_digest, {"Range": f"bytes={wanted}"}).body

    assert longshore.until_hit(path).body == layer
    assert check("0-0") == layer[:1]
    assert check(f"{MIB - 10}-{3 * MIB + 10}") == layer[MIB - 10 : 3 * MIB + 11]
    assert check("-77") == layer[-77:]
    parts = check(f"5-9,{2 * MIB}-{2 * MIB + 4}")
    assert layer[5:10] in parts
    assert layer[2 * MIB : 2 * MIB + 5] in parts
    longshore.stop()
    upstream.stop()
    longshore.start()
    assert longshore.client().blob(NAME, image.layer_digest).body == layer


def test_between_two_longshores_stored_frames_travel(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image, layer = add_tar_image(upstream)
    hub = start_longshore({"docker.io": upstream.url}, name="hub")
    hub.client().manifest(NAME, "latest")
    hub.until_hit(f"{NAME}/blobs/{image.layer_digest}")
    hub.until_compressed(image.layer_digest)
    edge = start_longshore({"docker.io": hub.url}, name="edge")
    edge.client().manifest(NAME, "latest")
    assert edge.client().blob(NAME, image.layer_digest).body == layer
    assert upstream_bytes(edge) <= 1.05 * len(zstd(layer)) + 64 * KIB
    plain = hub.client().blob(NAME, image.layer_digest, {"Accept-Encoding": "zstd"})
    assert plain.body == layer, "only Longshore says that it takes frames"
