"""One cold blob with nothing in the way: what a miss costs."""

from __future__ import annotations

from harness.content import image
from harness.process_tree import settled_cpu_seconds
from harness.programs import discard
from harness.results import Metric, Results, Run, Target, no_worse_than_best
from harness.scenario import Scenario
from peers.direct import Direct
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.nginx_slice import NginxSlice
from peers.peer import Peer
from peers.varnish import Varnish

SIZE_MIB = 256
WALL, FIRST, CPU, CLIENT = "wall s", "first byte ms", "CPU s/GB", "client busy"
CACHES = (Nginx, NginxSlice, Varnish, DockerRegistryProxy)


class ColdBlobLocal(Scenario):
    name = "cold_blob_local"
    idea = "one client, one cold 256 MiB blob, no relay"
    peers = (LongshorePeer, Direct, *CACHES)
    metrics = (Metric(WALL, 3), Metric(FIRST, 1), Metric(CPU), Metric(CLIENT, is_compared=False))

    def prepare(self) -> None:
        content = image([SIZE_MIB])
        self._blob = self.only_blob(content)
        self._registry = self.start_registry(content)
        discard(self._registry.port, self.blob_path(self._blob)).check()  # into the page cache

    def run(self, peer_type: type[Peer]) -> Run:
        with self.cache(peer_type, self._registry.port) as peer:
            measures_cpu = peer_type is not Direct
            before = settled_cpu_seconds(peer.pid) if measures_cpu else 0
            download = discard(peer.port, self.blob_path(self._blob)).check()
            run = {
                WALL: download.seconds,
                FIRST: download.first_byte_ms_p50,
                CLIENT: download.cpu_seconds / download.seconds,
            }
            if measures_cpu:
                run[CPU] = (settled_cpu_seconds(peer.pid) - before) / (self._blob.size / 1e9)
        return run

    def targets(self, results: Results) -> list[Target]:
        caches = [peer.name for peer in CACHES]
        return [
            no_worse_than_best(results, WALL, caches, digits=3),
            no_worse_than_best(results, FIRST, caches, digits=1),
            no_worse_than_best(results, CPU, caches, more=0.6),
        ]


SCENARIO = ColdBlobLocal
