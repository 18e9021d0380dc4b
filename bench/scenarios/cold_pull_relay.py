"""An image through a distant link (50 ms each way, 8 MB/s a connection): the first pull, and the
second."""

from __future__ import annotations

import time

from clients.skopeo import Skopeo
from harness.content import image
from harness.results import Metric, Results, Run, Target, at_most
from harness.scenario import Scenario
from peers.direct import Direct
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.peer import Peer
from peers.varnish import Varnish

LAYERS_MIB = (48, 24, 16, 8, 6, 2)
DELAY_MS = 50
RATE = 8_000_000
COLD, WARM, UPSTREAM = "cold s", "warm s", "upstream ÷ image"


class ColdPullRelay(Scenario):
    name = "cold_pull_relay"
    idea = "Skopeo pulls 6 layers, 104 MiB, over 50 ms each way and 8 MB/s a connection; then again"
    peers = (LongshorePeer, Direct, Nginx, DockerRegistryProxy, Varnish)
    metrics = (Metric(COLD), Metric(WARM), Metric(UPSTREAM, 3, is_compared=False))

    def prepare(self) -> None:
        self._image = image(LAYERS_MIB)
        registry = self.start_registry(self._image)
        self._relay = self.start_relay(registry.port, delay_ms=DELAY_MS, rate=RATE)

    def run(self, peer_type: type[Peer]) -> Run:
        before = self._relay.quiet_traffic()
        with self.cache(peer_type, self._relay.port) as peer:
            skopeo = Skopeo(peer.folder, f"127.0.0.1:{peer.port}/{self.image_name}")
            cold = timed_pull(skopeo)
            skopeo.check(self._image)
            after = self._relay.quiet_traffic()
            warm = timed_pull(skopeo)
        share = (after.to_client - before.to_client) / self._image.blob_bytes()
        return {COLD: cold, WARM: warm, UPSTREAM: share}

    def targets(self, results: Results) -> list[Target]:
        direct = results.median(Direct.name, COLD)
        bound = direct / 8 if direct else None
        return [
            at_most(results, COLD, bound, "first pull at least 8× faster than direct"),
            at_most(results, WARM, 0.6, "second pull at most 0.6 s"),
        ]


def timed_pull(skopeo: Skopeo) -> float:
    skopeo.empty()
    started = time.monotonic()
    skopeo.pull()
    return time.monotonic() - started


SCENARIO = ColdPullRelay
