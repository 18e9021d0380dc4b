"""Each way an upstream can fail before its first byte: what is cached is served stale, and with
nothing cached clients are told fast and clearly, so that they move on.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from support import raw_upstream
from support.behaviours import Behaviour, fail
from support.certificates import Certificates
from support.fixtures import StartLongshore
from support.http_client import Response
from support.http_server import HttpServer, reply
from support.longshore import Longshore
from support.payload import KIB, payload
from support.ports import free_port
from support.raw_upstream import RawUpstream, Script
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

NAME = "library/app"
FAILURES = "longshore_upstream_failures_total"
FIRST_BYTE = "500ms"
MOST_TRIES = 3  # of one call (proxy/README.md)
# A label may have 63 bytes (RFC 1035 §2.3.4): no resolver asks anybody for this name.
NO_NAME = "a" * 64 + ".invalid"


class Fault(NamedTuple):
    """`start` makes the bad upstream and returns its URL."""

    start: Callable[[ExitStack, Path], str]
    reason: str


def refused(servers: ExitStack, folder: Path) -> str:
    return f"http://127.0.0.1:{free_port()}"


def unknown_name(servers: ExitStack, folder: Path) -> str:
    return f"http://{NO_NAME}"


def raw(script: Script) -> Callable[[ExitStack, Path], str]:
    def start(servers: ExitStack, folder: Path) -> str:
        server = RawUpstream(script)
        servers.callback(server.stop)
        return server.url

    return start


def http(behaviour: Behaviour) -> Callable[[ExitStack, Path], str]:
    def start(servers: ExitStack, folder: Path) -> str:
        server = HttpServer(lambda request: behaviour(request, reply(200)))
        servers.callback(server.stop)
        return server.url

    return start


def untrusted(servers: ExitStack, folder: Path) -> str:
    certificates = Certificates(folder / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server_certificate, certificates.server_key)
    server = HttpServer(lambda request: reply(200), context)
    servers.callback(server.stop)
    return f"https://localhost:{server.port}"


def plain_where_tls_is_due(servers: ExitStack, folder: Path) -> str:
    server = HttpServer(lambda request: reply(200))
    servers.callback(server.stop)
    return f"https://localhost:{server.port}"


FAULTS = {
    "refused": Fault(refused, "connect"),
    "dns": Fault(unknown_name, "dns"),
    "tls-untrusted": Fault(untrusted, "tls"),
    "tls-plain": Fault(plain_where_tls_is_due, "tls"),
    "hang": Fault(raw(raw_upstream.hang), "timeout"),
    "hang-in-head": Fault(raw(raw_upstream.hang_in_head), "timeout"),
    "closed": Fault(raw(raw_upstream.close), "broken"),
    "half-closed": Fault(raw(raw_upstream.half_close), "broken"),
    "closed-in-head": Fault(raw(raw_upstream.close_in_head), "broken"),
    "garbled": Fault(raw(raw_upstream.garble), "protocol"),
    "429": Fault(http(fail(429, Retry_After="60")), "status_429"),
    "500": Fault(http(fail(500)), "status_5xx"),
    "502": Fault(http(fail(502)), "status_5xx"),
    "503": Fault(http(fail(503)), "status_5xx"),
    "503-retry-after": Fault(http(fail(503, Retry_After="60")), "status_5xx"),
    "504": Fault(http(fail(504)), "status_5xx"),
}
every_fault = pytest.mark.parametrize("fault", list(FAULTS))


@pytest.fixture
def image(upstream: ScriptedUpstream) -> Image:
    return upstream.repository(NAME).add_image(payload(100 * KIB), "latest")


def start_in_trouble(
    fault: str, start: StartLongshore, servers: ExitStack, folder: Path
) -> Longshore:
    url = FAULTS[fault].start(servers, folder)
    # Only where that is the fault: a busy machine must not make another one of it.
    first_byte = FIRST_BYTE if FAULTS[fault].reason == "timeout" else "10m"
    return start(
        {"docker.io": url}, tag_ttl="0s", stale_if_error="1h", upstream_first_byte=first_byte
    )


def is_hit(answer: Response) -> bool:
    return answer.header("Cache-Status") == "longshore; hit"


@every_fault
def test_what_is_cached_is_served_stale(
    fault: str,
    image: Image,
    upstream: ScriptedUpstream,
    start_longshore: StartLongshore,
    servers: ExitStack,
    folder: Path,
) -> None:
    healthy = start_longshore({"docker.io": upstream.url})
    healthy.client().manifest(NAME, "latest")
    for digest in (image.config_digest, image.layer_digest):
        healthy.until_hit(f"{NAME}/blobs/{digest}")
    healthy.stop()

    longshore = start_in_trouble(fault, start_longshore, servers, folder)
    client = longshore.client()
    stale = client.manifest(NAME, "latest")
    assert stale.status == 200
    assert stale.body == image.manifest
    assert "fwd=stale" in stale.header("Cache-Status")
    assert stale.header("Warning").startswith("110 ")
    assert is_hit(client.manifest(NAME, image.manifest_digest))
    assert is_hit(client.blob(NAME, image.layer_digest))
    reason = FAULTS[fault].reason
    assert longshore.metrics().total(FAILURES, upstream="docker.io", reason=reason) >= 1
    until(
        lambda: longshore.metrics().total("longshore_requests_total", verdict="stale") == 1,
        "the stale answer is counted as such",
    )


@every_fault
def test_with_nothing_cached_the_error_is_fast_and_clear(
    fault: str,
    image: Image,
    start_longshore: StartLongshore,
    servers: ExitStack,
    folder: Path,
) -> None:
    longshore = start_in_trouble(fault, start_longshore, servers, folder)
    client = longshore.client()
    for answer in (client.manifest(NAME, "latest"), client.blob(NAME, image.layer_digest)):
        # What is no HTTP is wrong rather than absent, and may be so for ever.
        assert answer.status == (502 if fault == "garbled" else 503)
        assert bool(answer.header("Retry-After")) == (answer.status == 503)
        assert answer.header("Content-Type").startswith("application/json")
        assert "docker.io" in answer.error_message
    assert longshore.stored_digests() == set()
    metrics = longshore.metrics()
    # Fast: it waited for no more than these, and none of them but a timeout takes long.
    failed = metrics.total(FAILURES, upstream="docker.io", reason=FAULTS[fault].reason)
    assert 1 <= failed <= 2 * MOST_TRIES
    assert_logged_once(longshore, fault)
    is_answer = fault == "429"
    assert metrics.total("longshore_upstream_up", upstream="docker.io") == (1 if is_answer else 0)


def assert_logged_once(longshore: Longshore, fault: str) -> None:
    """Each call that came to nothing has one line that says why, and nobody repeats it but in the
    answer. After `Retry-After` the second was never sent."""
    calls = 1 if fault in ("429", "503-retry-after") else 2

    def lines() -> list[dict]:
        return [
            line
            for line in longshore.log_lines()
            if line["level"] == "warn" and line["topic"] not in ("access", "admin", "server")
        ]

    # The log is written a moment after the answer.
    until(lambda: len(lines()) >= calls, "it is logged")
    warned = lines()
    assert [line["topic"] for line in warned] == ["upstream"] * calls, warned
    for line in warned:
        assert line["upstream"] == "docker.io"
        assert line["reason"] == FAULTS[fault].reason
        assert line["error"]
        assert line["url"].endswith(line["host"]) or f"//{line['host']}:" in line["url"]


def test_an_upstream_that_hangs_is_left_alone_but_for_probes(
    start_longshore: StartLongshore, servers: ExitStack
) -> None:
    """Whoever asks meanwhile is told at once; each connection there was is one that timed out."""
    server = RawUpstream(raw_upstream.hang)
    servers.callback(server.stop)
    longshore = start_longshore({"docker.io": server.url}, upstream_first_byte="300ms")

    def failures(reason: str) -> float:
        return longshore.metrics().total(FAILURES, upstream="docker.io", reason=reason)

    def told_at_once() -> bool:
        answer = longshore.client().manifest(NAME, "latest")
        assert answer.status == 503
        assert int(answer.header("Retry-After")) >= 1
        return failures("held_off") >= 20

    until(told_at_once, "twenty requests that nothing was sent for", seconds=60)
    until(
        lambda: server.connections == failures("timeout"),
        "as many connections as timed out, and no more",
    )
    metrics = longshore.metrics()
    assert metrics.total("longshore_upstream_breaker_open", upstream="docker.io") == 1
    assert metrics.total("longshore_upstream_up", upstream="docker.io") == 0


def test_an_upstream_that_comes_back_is_found_by_a_probe(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": upstream.url})

    def gauge(name: str) -> float:
        return longshore.metrics().total(f"longshore_upstream_{name}", upstream="docker.io")

    assert (gauge("up"), gauge("breaker_open")) == (1, 0)
    upstream.stop()

    def is_open() -> bool:
        longshore.client().manifest(NAME, "latest")
        return gauge("breaker_open") == 1

    until(is_open, "the breaker is open")
    upstream.start()
    until(
        lambda: longshore.client().manifest(NAME, "latest").body == image.manifest,
        "a probe was answered",
        seconds=60,
    )
    assert (gauge("up"), gauge("breaker_open")) == (1, 0)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_answer_is_no_failure_however_often(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, status: int
) -> None:
    upstream.on("", "", fail(status))
    longshore = start_longshore({"docker.io": upstream.url}, not_found_ttl="0")
    for _ in range(12):
        answer = longshore.client().manifest(NAME, "latest")
        assert answer.status == (404 if status == 404 else 403)
    assert len(upstream.requests) == 12
    assert longshore.metrics().total("longshore_upstream_up", upstream="docker.io") == 1
