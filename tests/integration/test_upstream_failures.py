"""An upstream that fails now and then, or for good; and TLS to it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import IncompleteRead
from pathlib import Path

import pytest

from support.behaviours import (
    After,
    Hold,
    Times,
    cut,
    fail,
    redirect,
    with_headers,
    without_header,
)
from support.certificates import Certificates
from support.fixtures import StartLongshore
from support.http_client import Response
from support.longshore import one_connection
from support.payload import KIB, MIB, payload
from support.registry_client import RegistryClient
from support.scripted_upstream import ScriptedUpstream

NAME = "library/app"
MOST_TRIES = 5
FAILURES = "longshore_upstream_failures_total"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_passing_failure_is_retried(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, status: int
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "/manifests/latest", Times(1, fail(status)))
    upstream.on("", image.layer_digest, Times(1, fail(status)))
    client = start_longshore({"docker.io": upstream.url}).client()
    assert client.manifest(NAME, "latest").body == image.manifest
    assert client.blob(NAME, image.layer_digest).body == payload(KIB)


def test_a_lasting_failure_is_not_hammered(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "/manifests/latest", fail(503))
    longshore = start_longshore({"docker.io": upstream.url})
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status in (502, 503, 504)
    assert "docker.io" in answer.error_message
    assert 1 <= len(upstream.requests) <= MOST_TRIES
    assert longshore.metrics().total("longshore_upstream_failures_total", upstream="docker.io") >= 1


def test_a_rate_limit_does_not_become_a_429(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """containerd repeats at once on 429, and 503 moves it on."""
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "/manifests/latest", fail(429, Retry_After="60"))
    answer = start_longshore({"docker.io": upstream.url}).client().manifest(NAME, "latest")
    assert answer.status == 503
    assert answer.header("Retry-After")
    assert len(upstream.requests) <= 2


def whole_or_nothing(client: RegistryClient, digest: str) -> Response | None:
    try:
        return client.blob(NAME, digest)
    except IncompleteRead:
        return None


@pytest.mark.parametrize("cut_at", [1, 2 * MIB, 4 * MIB - 1])
def test_a_connection_cut_in_mid_blob_costs_no_wrong_byte(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, cut_at: int
) -> None:
    """The client gets the whole blob or a short one, and the next one gets it whole."""
    data = payload(4 * MIB)
    digest = upstream.repository(NAME).add_blob(data)
    upstream.on("GET", digest, Times(1, cut(cut_at)))
    client = start_longshore({"docker.io": upstream.url}).client()
    first = whole_or_nothing(client, digest)
    assert first is None or first.body == data
    assert client.blob(NAME, digest).body == data


def test_a_fetch_that_is_cut_goes_on_by_range(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """What has arrived is not asked again."""
    data = payload(16 * MIB)
    digest = upstream.repository(NAME).add_blob(data)
    upstream.on("GET", digest, Times(1, cut(8 * MIB)))
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    assert longshore.client().blob(NAME, digest).body == data
    first, second = upstream.asked("GET", digest)
    assert "range" not in first.headers
    assert second.headers["range"].startswith("bytes=")
    assert longshore.metrics().total("longshore_upstream_bytes_total") <= 17 * MIB


@pytest.mark.parametrize(
    ("first", "then", "whole"), [('"a"', '"b"', False), ('W/"a"', 'W/"b"', True)]
)
def test_another_strong_etag_in_mid_blob_is_no_continuation(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, first: str, then: str, whole: bool
) -> None:
    """The answer ends short, and the next one is whole. A weak one says nothing of bytes (RFC 9110
    §8.8.1)."""
    data = payload(4 * MIB)
    digest = upstream.repository(NAME).add_blob(data)
    upstream.on("GET", digest, Times(1, cut(2 * MIB)))
    upstream.on("GET", digest, Times(1, with_headers(ETag=first)))
    upstream.on("GET", digest, After(1, with_headers(ETag=then)))
    settings = {"url": upstream.url, "max_connections_per_blob": 1}
    client = start_longshore({"docker.io": settings}).client()
    answer = whole_or_nothing(client, digest)
    assert (answer is not None) == whole
    assert client.blob(NAME, digest).body == data


def test_a_transfer_that_hangs_in_mid_blob_is_continued(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """It counts as broken after 15 seconds (proxy/README.md); its client sees a pause only."""
    data = payload(4 * MIB)
    digest = upstream.repository(NAME).add_blob(data)
    hold = Hold(at=2 * MIB)
    upstream.on("GET", digest, Times(1, hold))
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    assert longshore.client().blob(NAME, digest).body == data
    hold.release()
    assert longshore.metrics().total(FAILURES, reason="stalled") == 1
    longshore.until_hit(f"{NAME}/blobs/{digest}")


def test_a_manifest_that_is_cut_is_never_served(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("GET", "/manifests/latest", Times(1, cut(100)))
    longshore = start_longshore({"docker.io": upstream.url})
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status == 503
    assert answer.header("Retry-After")
    assert longshore.metrics().total(FAILURES, reason="broken") == 1
    assert longshore.client().manifest(NAME, "latest").body == image.manifest


def test_a_connection_that_is_always_cut_ends_short_and_clean(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """The client sees a clean end before Content-Length, on which real clients resume; nothing is
    stored.
    """
    digest = upstream.repository(NAME).add_blob(payload(4 * MIB))
    upstream.on("GET", digest, cut(0))
    longshore = start_longshore({"docker.io": upstream.url})
    answer = whole_or_nothing(longshore.client(), digest)
    assert answer is None or answer.status in (502, 503, 504)
    assert longshore.stored_digests() == set()


def test_a_registry_that_names_no_digest_is_believed_by_its_bytes(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "", without_header("Docker-Content-Digest"))
    client = start_longshore({"docker.io": upstream.url}).client()
    for method in ("HEAD", "GET"):
        answer = client.manifest(NAME, "latest", method)
        assert answer.status == 200
        assert answer.header("Docker-Content-Digest") == image.manifest_digest
    assert client.blob(NAME, image.layer_digest).body == payload(KIB)


def test_redirects_are_followed_but_not_for_ever(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(KIB))
    upstream.on("", digest, redirect(upstream.url))
    answer = start_longshore({"docker.io": upstream.url}).client().blob(NAME, digest)
    assert answer.status == 502
    assert len(upstream.asked(path=digest)) <= 25


@pytest.fixture
def certificates(folder: Path) -> Certificates:
    return Certificates(folder / "tls")


@pytest.fixture
def tls_upstream(certificates: Certificates) -> Iterator[ScriptedUpstream]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server_certificate, certificates.server_key)
    server = ScriptedUpstream(context)
    server.repository(NAME).add_image(payload(KIB), "latest")
    yield server
    server.stop()


def test_a_certificate_of_the_ca_file_is_trusted(
    tls_upstream: ScriptedUpstream, certificates: Certificates, start_longshore: StartLongshore
) -> None:
    url = f"https://localhost:{tls_upstream.port}"
    longshore = start_longshore({"docker.io": {"url": url, "ca_file": str(certificates.ca)}})
    assert longshore.client().manifest(NAME, "latest").status == 200


def test_a_certificate_of_nobody_known_is_refused(
    tls_upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": f"https://localhost:{tls_upstream.port}"})
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status in (502, 503)
    assert "docker.io" in answer.error_message
    assert tls_upstream.requests == []


def test_a_certificate_for_another_name_is_refused(
    tls_upstream: ScriptedUpstream, certificates: Certificates, start_longshore: StartLongshore
) -> None:
    url = f"https://127.0.0.1:{tls_upstream.port}"
    longshore = start_longshore({"docker.io": {"url": url, "ca_file": str(certificates.ca)}})
    assert longshore.client().manifest(NAME, "latest").status in (502, 503)
    assert tls_upstream.requests == []
