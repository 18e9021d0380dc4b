"""Clients over TLS get the same bytes as in the clear, and come back to their session."""

from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path

import pytest

from support.certificates import Certificates
from support.fixtures import StartLongshore
from support.http_client import TIMEOUT_S
from support.longshore import Longshore, one_connection
from support.payload import MIB, payload
from support.reload import reload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

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
    return start_longshore({"docker.io": one_connection(upstream.url)}, listener={"tls": files})


@pytest.fixture
def context(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.ca))


def get(
    longshore: Longshore, context: ssl.SSLContext, path: str, **headers: str
) -> tuple[int, bytes, str | None]:
    connection = http.client.HTTPSConnection(
        "localhost", longshore.port, timeout=TIMEOUT_S, context=context
    )
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers["Cache-Status"]
    finally:
        connection.close()


def connect(
    longshore: Longshore, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> ssl.SSLSocket:
    plain = socket.create_connection(("localhost", longshore.port), timeout=TIMEOUT_S)
    return context.wrap_socket(plain, server_hostname="localhost", session=session)


def ping(tls: ssl.SSLSocket) -> bool:
    """Asks on a connection that stays."""
    tls.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
    return tls.recv(4096).startswith(b"HTTP/1.1 200 ")


def end_of(certificate: Path) -> int:
    # Private, but the one way to read a PEM file's dates in the standard library.
    decoded = ssl._ssl._test_decode_cert(str(certificate))  # type: ignore[attr-defined]
    return ssl.cert_time_to_seconds(decoded["notAfter"])


def end_seen(tls: ssl.SSLSocket) -> int:
    seen = tls.getpeercert()
    assert seen is not None
    return ssl.cert_time_to_seconds(str(seen["notAfter"]))


def expiry_said(longshore: Longshore) -> float:
    return longshore.metrics().total(
        "longshore_certificate_expiry_timestamp_seconds", listener=longshore.address
    )


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

    def ask(session: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool | None]:
        with connect(longshore, context, session) as tls:
            assert tls.selected_alpn_protocol() == "http/1.1"
            assert ping(tls)
            return tls.session, tls.session_reused

    first, was_reused = ask(None)
    assert not was_reused
    assert ask(first)[1]


def test_who_speaks_in_the_clear_is_told_to_use_https_and_others_are_served(
    longshore: Longshore, context: ssl.SSLContext
) -> None:
    with socket.create_connection(("localhost", longshore.port), timeout=TIMEOUT_S) as plain:
        plain.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        seen = b""
        while piece := plain.recv(4096):
            seen += piece
    assert seen.startswith(b"HTTP/1.1 400 ") and b"https://" in seen
    assert get(longshore, context, "/v2/")[0] == 200


def test_the_metric_says_when_the_certificate_ends(
    longshore: Longshore, certificates: Certificates
) -> None:
    assert expiry_said(longshore) == end_of(certificates.server_certificate)


def test_a_certificate_put_in_place_of_the_old_one_is_used_after_a_reload(
    longshore: Longshore, certificates: Certificates, context: ssl.SSLContext
) -> None:
    old = end_of(certificates.server_certificate)
    with connect(longshore, context) as before:
        assert ping(before)
        certificates.issue(days=3)
        new = end_of(certificates.server_certificate)
        assert new > old
        reload(longshore)
        with connect(longshore, context, session=before.session) as after:
            assert end_seen(after) == new
            assert not after.session_reused
            assert ping(after)
        assert expiry_said(longshore) == new
        assert end_seen(before) == old
        assert ping(before)


def test_a_certificate_that_does_not_fit_its_key_changes_nothing(
    longshore: Longshore, certificates: Certificates, context: ssl.SSLContext
) -> None:
    old = end_of(certificates.server_certificate)
    key = certificates.server_key.read_bytes()
    certificates.issue(days=3)
    certificates.server_key.write_bytes(key)
    (said,) = reload(longshore)
    assert said["level"] == "error" and str(certificates.server_key) in said["reason"]
    with connect(longshore, context) as tls:
        assert end_seen(tls) == old
    assert expiry_said(longshore) == old


def test_what_it_says_for_docker_names_the_scheme(longshore: Longshore) -> None:
    said = f'"registry-mirrors": ["https://{longshore.address}"]'
    until(lambda: said in longshore.log_text(), "it says so")


def test_it_does_not_start_with_a_key_that_is_not_there(
    folder: Path, upstream: ScriptedUpstream, certificates: Certificates
) -> None:
    files = {
        "certificate_file": str(certificates.server_certificate),
        "key_file": "/nowhere/key.pem",
    }
    longshore = Longshore(folder / "ls", {"docker.io": upstream.url}, listener={"tls": files})
    assert "/nowhere/key.pem" in longshore.refuse_to_start()
