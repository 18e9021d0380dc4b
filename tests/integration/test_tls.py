"""Clients over TLS get the same bytes as in the clear, and come back to their session."""

from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path

import pytest

from support.certificates import Certificates
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import MIB, payload
from support.scripted_upstream import ScriptedUpstream

NAME = "library/app"
DATA = payload(3 * MIB)


@pytest.fixture
def certificates(folder: Path) -> Certificates:
    return Certificates(folder / "certificates")


@pytest.fixture
def longshore(
    start_longshore: StartLongshore, upstream: ScriptedUpstream, certificates: Certificates
) -> Longshore:
    files = {
        "certificate_file": str(certificates.server_certificate),
        "key_file": str(certificates.server_key),
    }
    return start_longshore({"docker.io": upstream.url}, listener={"tls": files})


@pytest.fixture
def context(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.ca))


def get(
    longshore: Longshore, context: ssl.SSLContext, path: str, **headers: str
) -> tuple[int, bytes, str | None]:
    connection = http.client.HTTPSConnection(
        "localhost", longshore.port, timeout=20, context=context
    )
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers["Cache-Status"]
    finally:
        connection.close()


def test_a_blob_comes_over_tls_cold_warm_and_in_part(
    longshore: Longshore, upstream: ScriptedUpstream, context: ssl.SSLContext
) -> None:
    path = f"/v2/{NAME}/blobs/{upstream.repository(NAME).add_blob(DATA)}"
    assert get(longshore, context, path) == (200, DATA, "longshore; fwd=miss")
    warm = get(longshore, context, path)
    assert warm[:2] == (200, DATA)
    part = get(longshore, context, path, Range="bytes=1000-1999999")
    assert part[:2] == (206, DATA[1000:2_000_000])
    assert upstream.gets(path) == 1


def test_a_second_connection_resumes_the_session_and_speaks_http_1_1(
    longshore: Longshore, context: ssl.SSLContext
) -> None:
    context.set_alpn_protocols(["h2", "http/1.1"])

    def ping(session: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool | None]:
        plain = socket.create_connection(("localhost", longshore.port), timeout=20)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as tls:
            assert tls.selected_alpn_protocol() == "http/1.1"
            tls.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = b""
            while piece := tls.recv(4096):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200 ")
            return tls.session, tls.session_reused

    first, was_reused = ping(None)
    assert not was_reused
    assert ping(first)[1]


def test_who_speaks_in_the_clear_is_told_to_use_https_and_others_are_served(
    longshore: Longshore, context: ssl.SSLContext
) -> None:
    with socket.create_connection(("localhost", longshore.port), timeout=20) as plain:
        plain.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        seen = b""
        while piece := plain.recv(4096):
            seen += piece
    assert seen.startswith(b"HTTP/1.1 400 ") and b"https://" in seen
    assert get(longshore, context, "/v2/")[0] == 200


def test_the_metric_says_when_the_certificate_ends(
    longshore: Longshore, certificates: Certificates
) -> None:
    # Private, but the one way to read a PEM file's dates in the standard library.
    decoded = ssl._ssl._test_decode_cert(  # type: ignore[attr-defined]
        str(certificates.server_certificate)
    )
    ends = ssl.cert_time_to_seconds(decoded["notAfter"])
    said = longshore.metrics().total(
        "longshore_certificate_expiry_timestamp_seconds", listener=longshore.address
    )
    assert said == ends


def test_it_does_not_start_with_a_key_that_is_not_there(
    folder: Path, upstream: ScriptedUpstream, certificates: Certificates
) -> None:
    files = {
        "certificate_file": str(certificates.server_certificate),
        "key_file": "/nowhere/key.pem",
    }
    longshore = Longshore(folder / "ls", {"docker.io": upstream.url}, listener={"tls": files})
    assert "/nowhere/key.pem" in longshore.refuse_to_start()
