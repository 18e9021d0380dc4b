"""Large hits, from the page cache: what a core can send."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import ClassVar

from harness import cores
from harness.congestion import host_uses
from harness.content import image
from harness.process_tree import settled_cpu_seconds
from harness.programs import discard
from harness.results import (
    Metric,
    Results,
    Run,
    Target,
    at_least_times_best,
    no_worse_than_best,
)
from harness.scenario import Scenario
from peers.bare_sendfile import BareSendfile
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.peer import Peer
from peers.traffic_server import TrafficServer
from peers.varnish import Varnish

CONNECTIONS = (1, 8, 64)
ENOUGH_BYTES = 2 << 30  # what one figure is taken over, at least
CACHES = (Nginx, Varnish, TrafficServer, DockerRegistryProxy)
CLIENT = "client busy"


def rate(connections: int) -> str:
    return f"×{connections} GB/s"


def cpu(connections: int) -> str:
    return f"×{connections} CPU s/GB"


class HitLarge(Scenario):
    """`same_congestion`: the host uses it for the time, so that all send alike; else Longshore has
    its default and the others the host's."""

    size_mib: ClassVar[int]
    same_congestion: ClassVar[str] = ""
    peers = (LongshorePeer, *CACHES)
    metrics = (
        *(
            metric
            for count in CONNECTIONS
            for metric in (
                Metric(rate(count), more_is_better=True),
                Metric(cpu(count), 3),
            )
        ),
        Metric(CLIENT, is_compared=False),
    )

    def prepare(self) -> None:
        content = image([self.size_mib])
        self._blob = self.only_blob(content)
        self._registry = self.start_registry(content)
        bare = BareSendfile.of(content.blob(self._blob.digest))
        self.peers = (LongshorePeer, *CACHES, bare)

    def run(self, peer_type: type[Peer]) -> Run:
        run: Run = {CLIENT: 0}
        chosen = host_uses(self.same_congestion) if self.same_congestion else nullcontext()
        with chosen, self._filled(peer_type) as peer:
            for connections in CONNECTIONS:
                self._measure(peer, connections, run)
        return run

    @contextmanager
    def _filled(self, peer_type: type[Peer]) -> Iterator[Peer]:
        with self.cache(peer_type, self._registry.port, on=cores.FIRST) as peer:
            for _ in range(2):
                discard(peer.port, self.blob_path(self._blob), verify=self._blob.digest).check()
                settled_cpu_seconds(peer.pid)
            yield peer

    def _measure(self, peer: Peer, connections: int, run: Run) -> None:
        times = math.ceil(ENOUGH_BYTES / (self._blob.size * connections))
        before = settled_cpu_seconds(peer.pid)
        seconds = busy = bytes_read = 0.0
        for _ in range(times):
            download = discard(peer.port, self.blob_path(self._blob), connections=connections)
            seconds += download.check().seconds
            busy += download.cpu_seconds
            bytes_read += download.bytes
        gigabytes = bytes_read / 1e9
        run[rate(connections)] = gigabytes / seconds
        run[cpu(connections)] = (settled_cpu_seconds(peer.pid) - before) / gigabytes
        run[CLIENT] = max(run[CLIENT], busy / seconds)

    def targets(self, results: Results) -> list[Target]:
        caches = [peer.name for peer in CACHES]
        if not self.same_congestion:
            factors = [(Nginx.name, 1.7), (DockerRegistryProxy.name, 2.0)]
            return [
                at_least_times_best(results, rate(count), [peer], factor, 2)
                for peer, factor in factors
                for count in CONNECTIONS
            ]
        floor = [BareSendfile.name]
        found = []
        for count in CONNECTIONS:
            found.append(at_least_times_best(results, rate(count), caches, 1, 2))
            found.append(at_least_times_best(results, rate(count), floor, 0.85, 2))
            found.append(no_worse_than_best(results, cpu(count), caches, digits=3))
            found.append(
                no_worse_than_best(
                    results, cpu(count), floor, 0.15 * (results.median(*floor, cpu(count)) or 0), 3
                )
            )
        return found
