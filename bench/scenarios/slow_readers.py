"""Two hundred slow clients of one blob: what they cost in memory."""

from __future__ import annotations

from harness.content import image
from harness.process_tree import forget_peak, peak_rss_bytes, settled_cpu_seconds
from harness.programs import Download, discard
from harness.results import Metric, Results, Run, Target, in_every_run
from harness.scenario import Scenario
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.nginx_slice import NginxSlice
from peers.peer import Peer
from peers.varnish import Varnish
from support.payload import MIB

SIZE_MIB = 256
CLIENTS = 200
RATE = 1_000_000
COLD, WARM = "cold peak MiB", "warm peak MiB"
COLD_SHARE, WARM_SHARE = "cold slowest", "warm slowest"


class SlowReaders(Scenario):
    name = "slow_readers"
    idea = f"{CLIENTS} clients at 1 MB/s each on one {SIZE_MIB} MiB blob, cold and warm: peak RSS"
    peers = (LongshorePeer, Nginx, NginxSlice, Varnish, DockerRegistryProxy)
    metrics = (
        Metric(COLD, 0),
        Metric(COLD_SHARE, is_compared=False),
        Metric(WARM, 0),
        Metric(WARM_SHARE, is_compared=False),
    )
    repeat = 1

    def prepare(self) -> None:
        content = image([SIZE_MIB])
        self._blob = self.only_blob(content)
        self._registry = self.start_registry(content)
        discard(self._registry.port, self.blob_path(self._blob)).check()  # into the page cache

    def run(self, peer_type: type[Peer]) -> Run:
        path = self.blob_path(self._blob)
        with self.cache(peer_type, self._registry.port) as peer:
            cold = self._slow(peer)
            cold_peak = peak_rss_bytes(peer.pid)
            discard(peer.port, path).check()
            settled_cpu_seconds(peer.pid)
            forget_peak(peer.pid)
            warm = self._slow(peer)
            warm_peak = peak_rss_bytes(peer.pid)
        return {
            COLD: cold_peak / MIB,
            COLD_SHARE: self._slowest(cold),
            WARM: warm_peak / MIB,
            WARM_SHARE: self._slowest(warm),
        }

    def _slow(self, peer: Peer) -> Download:
        path = self.blob_path(self._blob)
        return discard(peer.port, path, connections=CLIENTS, rate=RATE, seconds=f"{self.seconds:g}")

    def _slowest(self, download: Download) -> float:
        """The slowest client's share of what it would have taken."""
        return download.bytes_min / min(RATE * self.seconds, self._blob.size)

    def targets(self, results: Results) -> list[Target]:
        return [
            in_every_run(results, COLD, 80, "cold: peak RSS under 80 MiB", 0),
            in_every_run(results, WARM, 80, "warm: peak RSS under 80 MiB", 0),
        ]


SCENARIO = SlowReaders
