"""Which upstream a request means: ns, Host, the first path component, the default; a closed set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import KIB, payload
from support.registry_client import RegistryClient
from support.scripted_upstream import ScriptedUpstream

Upstreams = dict[str, ScriptedUpstream]
NAMES = ("docker.io", "quay.io", "ghcr.io")


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    """Each holds org/app:latest, with a manifest of its own."""
    servers = {name: ScriptedUpstream() for name in NAMES}
    for seed, server in enumerate(servers.values()):
        server.repository("org/app").add_image(payload(KIB, seed), "latest")
        server.repository("library/app").add_image(payload(KIB, seed + 10), "latest")
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture
def longshore(upstreams: Upstreams, start_longshore: StartLongshore) -> Longshore:
    return start_longshore(
        {
            "docker.io": {"url": upstreams["docker.io"].url, "official_prefix": "library"},
            "quay.io": upstreams["quay.io"].url,
            "ghcr.io": {"url": upstreams["ghcr.io"].url, "hosts": ["ghcr.mirror.example"]},
        }
    )


def answered_by(client: RegistryClient, upstreams: Upstreams, repository: str) -> list[str]:
    """The upstreams that a pull of repository:latest reached."""
    for server in upstreams.values():
        server.forget()
    assert client.manifest(repository, "latest").status == 200
    return [name for name, server in upstreams.items() if server.requests]


def test_without_a_hint_the_default_is_asked(longshore: Longshore, upstreams: Upstreams) -> None:
    assert answered_by(longshore.client(), upstreams, "org/app") == ["docker.io"]


@pytest.mark.parametrize("name", NAMES)
def test_ns_names_the_upstream(longshore: Longshore, upstreams: Upstreams, name: str) -> None:
    client = longshore.client(ns=name)
    assert answered_by(client, upstreams, "org/app") == [name]
    assert client.manifest("org/app", "latest").header("OCI-Namespace") == name


@pytest.mark.parametrize("host", ["ghcr.mirror.example", "GHCR.Mirror.Example"])
def test_a_listed_host_header_names_the_upstream(
    longshore: Longshore, upstreams: Upstreams, host: str
) -> None:
    assert answered_by(longshore.client(host=host), upstreams, "org/app") == ["ghcr.io"]


def test_an_unlisted_host_header_means_the_default(
    longshore: Longshore, upstreams: Upstreams
) -> None:
    assert answered_by(longshore.client(host="anything.example"), upstreams, "org/app") == [
        "docker.io"
    ]


def test_the_first_path_component_names_the_upstream(
    longshore: Longshore, upstreams: Upstreams
) -> None:
    assert answered_by(longshore.client(), upstreams, "quay.io/org/app") == ["quay.io"]
    assert upstreams["quay.io"].requests[0].path == "/v2/org/app/manifests/latest"


def test_ns_goes_before_host_and_host_before_the_path(
    longshore: Longshore, upstreams: Upstreams
) -> None:
    both = longshore.client(ns="quay.io", host="ghcr.mirror.example")
    assert answered_by(both, upstreams, "org/app") == ["quay.io"]


def test_an_official_name_gets_its_prefix(longshore: Longshore, upstreams: Upstreams) -> None:
    assert answered_by(longshore.client(), upstreams, "app") == ["docker.io"]
    assert upstreams["docker.io"].requests[0].path == "/v2/library/app/manifests/latest"


@pytest.mark.parametrize("kind", ["manifests/latest", "tags/list", f"blobs/sha256:{'0' * 64}"])
def test_an_unknown_upstream_is_refused_without_dialling_anything(
    longshore: Longshore, upstreams: Upstreams, kind: str
) -> None:
    """The name in ns leads to a server that is really there: a proxy that dialled it would be
    seen.
    """
    stranger = ScriptedUpstream()
    try:
        client = longshore.client(ns=stranger.address)
        answer = client.ask("GET", f"org/app/{kind}")
        assert (answer.status, answer.error_code) == (404, "NAME_UNKNOWN")
        assert stranger.requests == []
        assert all(server.requests == [] for server in upstreams.values())
    finally:
        stranger.stop()


def test_the_same_name_in_two_upstreams_is_two_repositories(
    longshore: Longshore, upstreams: Upstreams
) -> None:
    bodies = {name: longshore.client(ns=name).manifest("org/app", "latest").body for name in NAMES}
    assert len(set(bodies.values())) == len(NAMES)
    for name, body in bodies.items():
        assert longshore.client(ns=name).manifest("org/app", "latest").body == body
