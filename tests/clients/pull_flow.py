"""What every real client is put through: a cold pull, a warm pull, and one with the upstream
stopped.
"""

from __future__ import annotations

from typing import Protocol

from support.docker_registry import DockerRegistry
from support.longshore import Longshore, one_connection
from support.oci_layout import Layout
from support.wait import until

REPOSITORY = "library/debian"
TAG = "bookworm"


class Client(Protocol):
    """A real client with a storage of its own."""

    def empty(self) -> None:
        """Throws away all it has stored, so that the next pull moves every byte again."""

    def pull(self) -> None:
        """Pulls the image; raises if that fails."""

    def check(self, image: Layout) -> None:
        """Hashes again what it stored and asserts that every layer is there and right."""


def pull_anew(client: Client, image: Layout) -> None:
    client.empty()
    client.pull()
    client.check(image)


def blob_gets(registry: DockerRegistry) -> list[str]:
    return [
        a.path.rsplit("/", 1)[1]
        for a in registry.pulls()
        if a.method == "GET" and "/blobs/" in a.path
    ]


def asked_upstream(longshore: Longshore) -> float:
    return longshore.metrics().total("longshore_upstream_requests_total")


def docker_hub(registry: DockerRegistry) -> dict[str, object]:
    """The registry in Docker Hub's place. One connection a blob, so that a layer fetched once is one GET."""
    return one_connection(registry.url, official_prefix="library")


def check_cold_warm_and_upstream_stopped(
    client: Client,
    registry: DockerRegistry,
    longshore: Longshore,
    image: Layout,
    architectures: tuple[str, ...],
) -> None:
    """`architectures` are the platforms this client pulls. The tag stays fresh throughout."""
    layers = {
        digest for architecture in architectures for digest in image.layer_digests(architecture)
    }

    registry.forget()
    pull_anew(client, image)
    until(
        lambda: len(registry.pulls()) >= asked_upstream(longshore),
        "the upstream has logged all that it was asked",
    )
    fetched = [digest for digest in blob_gets(registry) if digest in layers]
    assert sorted(fetched) == sorted(layers), "each layer is asked of the upstream exactly once"

    registry.forget()
    cold = longshore.metrics()
    pull_anew(client, image)
    warm = longshore.metrics()
    assert registry.accesses() == []
    for name in ("longshore_upstream_requests_total", "longshore_upstream_bytes_total"):
        assert warm.total(name) == cold.total(name)

    registry.stop()
    pull_anew(client, image)
