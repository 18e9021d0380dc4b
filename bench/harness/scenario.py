"""What a scenario is, and how its runs take turns: A B C, A B C, …, each with an empty cache."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar, TypeVar

from harness import cores
from harness.content import Blob, layer_blobs
from harness.programs import Relay
from harness.results import OURS, Metric, Results, Run, Target
from peers.peer import Peer
from support.docker_registry import DockerRegistry
from support.oci_layout import Layout

REPOSITORY = "bench/noise"
P = TypeVar("P", bound=Peer)


class Scenario(ABC):
    """One comparison. Lives inside `with`: its upstream runs from `prepare` until the end."""

    name: ClassVar[str]
    idea: ClassVar[str]  # one sentence
    peers: ClassVar[Sequence[type[Peer]]]
    metrics: ClassVar[Sequence[Metric]]
    repeat: ClassVar[int] = 5
    base: ClassVar[str] = OURS  # the peer that the others are compared with
    seconds: float = 20.0  # for those that measure a steady state

    def __enter__(self) -> Scenario:
        self._servers = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="longshore-bench-"))
        self._servers.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.prepare()
        except BaseException:
            self._servers.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    @abstractmethod
    def prepare(self) -> None:
        """Starts what all runs share."""

    @abstractmethod
    def run(self, peer_type: type[Peer]) -> Run:
        """One run of one peer, from an empty cache."""

    @abstractmethod
    def targets(self, results: Results) -> list[Target]:
        """What issue 3 demands, each reached or not."""

    def measure(
        self, repeat: int, only: Sequence[str], after_run: Callable[[int], None]
    ) -> Results:
        """All runs in turn; `only` names peers, empty means all. `after_run` gets how many there
        were."""
        peers = [peer for peer in self.peers if not only or peer.name in only]
        if not peers:
            raise SystemExit(f"bench: {self.name} has {', '.join(it.name for it in self.peers)}")
        results = Results({peer.name: [] for peer in peers}, base=self.base)
        for number, peer in enumerate(peers * repeat, 1):
            try:
                results.runs[peer.name].append(self.run(peer))
            except (AssertionError, OSError, subprocess.SubprocessError) as wrong:
                said = " ".join(str(wrong).split())[:500]
                results.failures.setdefault(peer.name, []).append(said)
            after_run(number)
        return results

    # What scenarios share.

    def start_registry(self, image: Layout) -> DockerRegistry:
        """The upstream: Debian's docker-registry, which holds the image as bench/noise."""
        registry = DockerRegistry(self.folder / "registry")
        with cores.born_on(cores.LAST):
            registry.start()
        self._servers.callback(registry.stop)
        registry.push(image, self.image_name)
        return registry

    def start_relay(self, target_port: int, **shape: float) -> Relay:
        relay = Relay(self.folder, target_port, **shape)  # type: ignore[arg-type]
        self._servers.callback(relay.stop)
        return relay

    @property
    def image_name(self) -> str:
        return f"{REPOSITORY}:bench"

    @staticmethod
    def only_blob(image: Layout) -> Blob:
        (blob,) = layer_blobs(image)
        return blob

    @staticmethod
    def blob_path(blob: Blob) -> str:
        return f"/v2/{REPOSITORY}/blobs/{blob.digest}"

    @contextmanager
    def cache(
        self, peer_type: type[Peer], upstream_port: int, on: set[int] | None = None
    ) -> Iterator[Peer]:
        """A peer with an empty cache, gone afterwards with all it stored. It may use all cores
        unless `on` says which."""
        with self.unstarted(peer_type, upstream_port) as peer:
            with cores.born_on(on or set(cores.ALL)):
                peer.start()
            yield peer

    @contextmanager
    def unstarted(self, peer_type: type[P], upstream_port: int) -> Iterator[P]:
        """The same before its first start."""
        folder = Path(tempfile.mkdtemp(prefix="cache-", dir=self.folder))
        peer = peer_type(folder, upstream_port)
        try:
            yield peer
        finally:
            peer.kill()
            shutil.rmtree(folder, ignore_errors=True)
