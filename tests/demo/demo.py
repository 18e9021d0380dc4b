"""The main job in one picture: a real registry, a real image, Longshore between; pulled cold,
warm, and without
the upstream. Exit status 1 if any byte, digest or number is not what it should be.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from clients.skopeo import Skopeo
from support.debian_image import ARCHITECTURES, debian_image, image_path
from support.docker_registry import DockerRegistry
from support.longshore import Longshore
from support.metrics import Metrics
from support.oci_layout import Layout

NAME = "library/debian:bookworm"
TITLES = "pull by skopeo      seconds     from upstream       to client  hit ratio"


class Pull(NamedTuple):
    title: str
    seconds: float
    upstream_bytes: float
    client_bytes: float
    hit_ratio: float


def answered(before: Metrics, after: Metrics, **labels: str) -> float:
    """Requests for manifests and blobs answered between two scrapes."""
    name = "longshore_requests_total"
    return sum(
        after.total(name, kind=kind, **labels) - before.total(name, kind=kind, **labels)
        for kind in ("manifest", "blob")
    )


def pull(title: str, skopeo: Skopeo, longshore: Longshore, image: Layout) -> Pull:
    """Pulls all platforms into an empty folder and hashes every file again."""
    skopeo.empty()
    before = longshore.metrics()
    started = time.monotonic()
    skopeo.pull()
    seconds = time.monotonic() - started
    skopeo.check(image)
    after = longshore.metrics()

    def grown(name: str) -> float:
        return after.total(name) - before.total(name)

    ratio = answered(before, after, verdict="hit") / answered(before, after)
    return Pull(
        title,
        seconds,
        grown("longshore_upstream_bytes_total"),
        grown("longshore_client_bytes_total"),
        ratio,
    )


def line(one: Pull) -> str:
    return (
        f"{one.title:<18}{one.seconds:>9.2f}{one.upstream_bytes / 1e6:>15.1f} MB"
        f"{one.client_bytes / 1e6:>13.1f} MB{one.hit_ratio:>11.0%}"
    )


def describe(image: Layout) -> None:
    layers = " and ".join(
        f"{len(image.layer_digests(arch))} layers for {arch}" for arch in ARCHITECTURES
    )
    print(f"image     {NAME}: {layers}, {image.blob_bytes() / 1e6:.1f} MB, by debootstrap")


def check(image: Layout, cold: Pull, others: list[Pull]) -> None:
    assert cold.upstream_bytes >= image.blob_bytes(), "the cold pull fetched less than the image"
    assert cold.upstream_bytes < 1.01 * image.blob_bytes(), "the cold pull fetched bytes twice"
    for one in others:
        assert one.upstream_bytes == 0, f"{one.title}: the upstream was asked for bytes"
        assert one.hit_ratio == 1, f"{one.title}: not everything was a hit"


def demonstrate(folder: Path, servers: ExitStack) -> None:
    if not image_path().exists():
        print("image     not made yet: debootstrap takes about a minute", flush=True)
    image = debian_image()
    describe(image)
    registry = DockerRegistry(folder / "registry")
    servers.callback(registry.stop)
    registry.start()
    registry.push(image, NAME)
    print(f"upstream  docker-registry on {registry.address}")

    longshore = Longshore(
        folder / "longshore",
        {"docker.io": {"url": registry.url, "official_prefix": "library"}},
        log={"level": "info", "format": "json"},
    )
    servers.callback(longshore.stop)
    longshore.start()
    print(f"longshore on {longshore.address}, metrics on 127.0.0.1:{longshore.admin_port}\n")

    skopeo = Skopeo(folder, f"{longshore.address}/{NAME}")
    print(TITLES)
    pulls = []
    for title in ("cold", "warm", "upstream stopped"):
        if title == "upstream stopped":
            registry.stop()
        pulls.append(pull(title, skopeo, longshore, image))
        print(line(pulls[-1]))
    check(image, pulls[0], pulls[1:])


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="longshore-demo-") as folder, ExitStack() as servers:
        try:
            demonstrate(Path(folder), servers)
        except AssertionError as wrong:
            print(f"\nthe demo failed: {wrong}", file=sys.stderr)
            return 1
    print("\nevery digest was checked at the client")
    return 0


if __name__ == "__main__":
    sys.exit(main())
