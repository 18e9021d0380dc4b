"""The registry API itself: headers, errors, methods, HEAD, keep-alive and pipelining."""

from __future__ import annotations

import pytest

from support import oci
from support.fixtures import StartLongshore
from support.http_client import connect, exchange, read_all, request, statuses
from support.longshore import Longshore
from support.payload import KIB, payload
from support.scripted_upstream import Image, ScriptedUpstream

NAME = "library/app"


@pytest.fixture
def image(upstream: ScriptedUpstream) -> Image:
    return upstream.repository(NAME).add_image(payload(100 * KIB), "latest")


@pytest.fixture
def longshore(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> Longshore:
    return start_longshore({"docker.io": upstream.url})


@pytest.mark.parametrize("path", ["/v2/", "/v2"])
def test_the_ping(longshore: Longshore, upstream: ScriptedUpstream, path: str) -> None:
    answer = request(longshore.port, "GET", path)
    assert answer.status == 200
    assert answer.header("Docker-Distribution-Api-Version") == "registry/2.0"
    assert upstream.requests == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("warm", [False, True])
def test_a_manifests_headers(longshore: Longshore, image: Image, method: str, warm: bool) -> None:
    client = longshore.client()
    if warm:
        client.manifest(NAME, "latest")
    for reference in ("latest", image.manifest_digest):
        answer = client.manifest(NAME, reference, method)
        assert answer.status == 200
        assert answer.header("Docker-Content-Digest") == image.manifest_digest
        assert answer.header("Content-Type") == oci.MANIFEST
        assert answer.header("Content-Length") == str(len(image.manifest))
        assert answer.header("ETag") == f'"{image.manifest_digest}"'
        assert answer.header("Docker-Distribution-Api-Version") == "registry/2.0"
        assert answer.header("Cache-Status").startswith("longshore")
        assert answer.body == (image.manifest if method == "GET" else b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("warm", [False, True])
def test_a_blobs_headers(longshore: Longshore, image: Image, method: str, warm: bool) -> None:
    client = longshore.client()
    if warm:
        client.blob(NAME, image.layer_digest)
    answer = client.blob(NAME, image.layer_digest, method=method)
    assert answer.status == 200
    assert answer.header("Docker-Content-Digest") == image.layer_digest
    assert answer.header("Content-Type") == "application/octet-stream"
    assert answer.header("Content-Length") == str(100 * KIB)
    assert answer.header("ETag") == f'"{image.layer_digest}"'
    assert answer.header("Accept-Ranges") == "bytes"
    assert answer.header("Content-Encoding") == ""
    assert answer.body == (payload(100 * KIB) if method == "GET" else b"")


def test_cache_status_tells_miss_then_hit(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    # With prefetch the blob may be here before anybody asks for it.
    longshore = start_longshore({"docker.io": {"url": upstream.url, "prefetch": False}})
    for path in (f"{NAME}/manifests/latest", f"{NAME}/blobs/{image.layer_digest}"):
        first = longshore.client().ask("GET", path)
        assert first.header("Cache-Status").startswith("longshore; fwd=miss")
        longshore.until_hit(path)


def test_a_head_of_a_cold_blob_starts_no_fill(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    assert longshore.client().blob(NAME, image.layer_digest, method="HEAD").status == 200
    assert upstream.gets(image.layer_digest) == 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_etag_that_matches_gets_304(longshore: Longshore, image: Image, method: str) -> None:
    client = longshore.client()
    for path in (f"{NAME}/manifests/latest", f"{NAME}/blobs/{image.layer_digest}"):
        etag = client.ask("GET", path).header("ETag")
        answer = client.ask(method, path, {"If-None-Match": f'"another", W/{etag}'})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.header("ETag") == etag
        assert client.ask(method, path, {"If-None-Match": '"another"'}).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_blob_that_the_client_holds_already_is_not_fetched(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream, method: str
) -> None:
    held = {"If-None-Match": f'"{image.layer_digest}"'}
    for _ in range(2):
        answer = longshore.client().blob(NAME, image.layer_digest, held, method)
        assert (answer.status, answer.body) == (304, b"")
    assert upstream.gets(image.layer_digest) == 0
    assert len(upstream.asked("HEAD", image.layer_digest)) == 1
    absent = f"sha256:{'0' * 64}"
    none = longshore.client().blob(NAME, absent, {"If-None-Match": f'"{absent}"'}, method)
    assert none.status == 404


def test_a_range_of_a_manifest_is_not_offered(longshore: Longshore, image: Image) -> None:
    answer = longshore.client().ask("GET", f"{NAME}/manifests/latest", {"Range": "bytes=0-9"})
    assert (answer.status, answer.body) == (200, image.manifest)
    assert answer.header("Accept-Ranges") == ""


def test_a_blob_of_sha512(longshore: Longshore, upstream: ScriptedUpstream) -> None:
    digest = upstream.repository(NAME).add_blob(payload(KIB), "sha512")
    answer = longshore.client().blob(NAME, digest)
    assert answer.body == payload(KIB)
    assert answer.header("Docker-Content-Digest") == digest
    assert longshore.until_hit(f"{NAME}/blobs/{digest}").body == payload(KIB)


def test_an_empty_blob(longshore: Longshore, upstream: ScriptedUpstream) -> None:
    digest = upstream.repository(NAME).add_blob(b"")
    for _ in range(2):
        answer = longshore.client().blob(NAME, digest)
        assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("library/UPPER/manifests/latest", 400, "NAME_INVALID"),
        ("library/../app/manifests/latest", 400, "NAME_INVALID"),
        (f"{NAME}/manifests/-dash", 404, "MANIFEST_UNKNOWN"),
        (f"{NAME}/manifests/sha256:123", 400, "DIGEST_INVALID"),
        (f"{NAME}/blobs/sha256:123", 400, "DIGEST_INVALID"),
        (f"{NAME}/blobs/md5:{'0' * 32}", 400, "DIGEST_INVALID"),
        (f"{NAME}/manifests/nosuchtag", 404, "MANIFEST_UNKNOWN"),
        (f"{NAME}/manifests/sha256:{'0' * 64}", 404, "MANIFEST_UNKNOWN"),
        (f"{NAME}/blobs/sha256:{'0' * 64}", 404, "BLOB_UNKNOWN"),
    ],
)
def test_errors_have_the_oci_body(longshore: Longshore, path: str, status: int, code: str) -> None:
    answer = longshore.client().ask("GET", path)
    assert (answer.status, answer.error_code) == (status, code)
    assert answer.header("Content-Type").startswith("application/json")
    assert longshore.client().ask("HEAD", path).status == status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{NAME}/blobs/uploads/"),
        ("PATCH", f"{NAME}/blobs/uploads/some-id"),
        ("PUT", f"{NAME}/manifests/latest"),
        ("DELETE", f"{NAME}/manifests/latest"),
        ("DELETE", f"{NAME}/blobs/sha256:{'0' * 64}"),
    ],
)
def test_writes_are_refused(
    longshore: Longshore, upstream: ScriptedUpstream, method: str, path: str
) -> None:
    answer = request(longshore.port, method, f"/v2/{path}", body=b"some bytes")
    assert (answer.status, answer.error_code) == (405, "UNSUPPORTED")
    assert upstream.requests == []


def test_pipelined_requests_are_answered_in_order(longshore: Longshore, image: Image) -> None:
    paths = [
        "/v2/",
        f"/v2/{NAME}/manifests/latest",
        f"/v2/{NAME}/blobs/{image.config_digest}",
        "/v2/nothing",
    ]
    sent = "".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths[:-1])
    sent += f"GET {paths[-1]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with connect(longshore.port) as sock:
        sock.sendall(sent.encode())
        received = read_all(sock)
    assert statuses(received) == [200, 200, 200, 404]
    assert received.index(image.manifest) < received.index(b'"diff_ids"')


def test_expect_100_continue_is_answered(longshore: Longshore) -> None:
    sent = (
        f"POST /v2/{NAME}/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n"
        "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    )
    received = exchange(longshore.port, sent.encode())
    assert received.startswith((b"HTTP/1.1 405", b"HTTP/1.1 100"))


def test_a_request_leaves_one_line_in_the_access_log(longshore: Longshore, image: Image) -> None:
    longshore.client().blob(NAME, image.layer_digest)
    longshore.stop()
    lines = [
        line
        for line in longshore.log_lines()
        if image.layer_digest in str(line) and line["topic"] == "access"
    ]
    assert len(lines) == 1
    assert lines[0]["region"] == "test"
