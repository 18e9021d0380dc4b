"""An upstream that is not there: Longshore starts, answers what it can, and says what is wrong."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest

from support import oci
from support.fixtures import StartLongshore
from support.http_client import get
from support.ports import free_port

DIGEST = oci.digest_of(b"never stored")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_it_starts_and_answers_the_ping_when_nothing_listens_upstream(
    start_longshore: StartLongshore,
) -> None:
    longshore = start_longshore({"docker.io": f"http://127.0.0.1:{free_port()}"})
    answer = get(longshore.port, "/v2/")
    assert answer.status == 200
    assert answer.header("Docker-Distribution-Api-Version") == "registry/2.0"


def test_the_ping_never_waits_for_a_silent_upstream(
    silent_port: int, start_longshore: StartLongshore
) -> None:
    """Whoever asks for content does wait, for longer than this test would."""
    longshore = start_longshore(
        {"docker.io": f"http://127.0.0.1:{silent_port}"}, upstream_first_byte="10m"
    )
    with socket.create_connection(("127.0.0.1", longshore.port)) as waiting:
        waiting.sendall(b"GET /v2/library/app/manifests/latest HTTP/1.1\r\nHost: x\r\n\r\n")
        assert get(longshore.port, "/v2/").status == 200
        assert longshore.admin("/healthz").status == 200
        assert select.select([waiting], [], [], 0)[0] == [], "the other has no answer yet"


@pytest.mark.parametrize("path", ["manifests/latest", f"manifests/{DIGEST}", f"blobs/{DIGEST}"])
def test_a_failure_says_which_upstream_and_why(start_longshore: StartLongshore, path: str) -> None:
    longshore = start_longshore({"docker.io": f"http://127.0.0.1:{free_port()}"})
    answer = get(longshore.port, f"/v2/library/app/{path}")
    assert answer.status in (502, 503, 504)
    assert "docker.io" in answer.error_message
    assert answer.header("Content-Type").startswith("application/json")
    failures = longshore.metrics()
    assert failures.total("longshore_upstream_failures_total", upstream="docker.io") >= 1


def test_a_silent_upstream_becomes_a_timeout(
    silent_port: int, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore(
        {"docker.io": f"http://127.0.0.1:{silent_port}"}, upstream_first_byte="500ms"
    )
    answer = get(longshore.port, "/v2/library/app/manifests/latest", timeout=100)
    assert answer.status == 503
    assert "docker.io" in answer.error_message
