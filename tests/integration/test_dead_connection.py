"""A connection to an upstream that died without a word, as one whose NAT has forgotten it, is not
asked for ever. Manifests share one of HTTP/2, which libcurl keeps when a request on it is late."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from support.certificates import Certificates
from support.docker_registry import DockerRegistry
from support.fixtures import StartLongshore
from support.gate import Gate
from support.longshore import Longshore
from support.payload import KIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NAME = "library/app"


@pytest.fixture
def gate(folder: Path, servers: ExitStack, upstream: ScriptedUpstream) -> Gate:
    """To a registry of HTTP/2."""
    certificates = Certificates(folder / "certificates")
    registry = DockerRegistry(folder / "far", certificates=certificates, remote=upstream.url)
    servers.callback(registry.stop)
    registry.start()
    gate = Gate(registry.port)
    servers.callback(gate.stop)
    return gate


@pytest.fixture
def longshore(
    folder: Path, gate: Gate, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> Longshore:
    """Asks the registry about the tag each time."""
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    far = {
        "url": f"https://localhost:{gate.port}",
        "ca_file": str(folder / "certificates" / "ca.pem"),
        "prefetch": False,
    }
    return start_longshore({"docker.io": far}, threads=1, tag_ttl="0s", upstream_first_byte="1s")


def ask(longshore: Longshore) -> str:
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status == 200
    return answer.header("Cache-Status")


def test_it_is_given_up_when_a_request_is_late(gate: Gate, longshore: Longshore) -> None:
    until(lambda: "revalidated" in ask(longshore), "it is asked about")
    before = gate.connections
    gate.go_dead()
    assert "stale-if-error" in ask(longshore)
    until(lambda: "revalidated" in ask(longshore), "another connection is used")
    assert gate.connections == before + 1
