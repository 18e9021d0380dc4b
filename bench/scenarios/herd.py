"""Twenty clients want one cold blob in the same moment."""

from __future__ import annotations

from harness.content import image
from harness.process_tree import settled_cpu_seconds
from harness.programs import discard
from harness.results import Metric, Results, Run, Target, at_most, in_every_run
from harness.scenario import Scenario
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.peer import Peer
from peers.varnish import Varnish
from support.docker_registry import DockerRegistry
from support.wait import until

CLIENTS = 20
SIZE_MIB = 256
WALL, FIRST, LAST_FIRST = "wall s", "first byte p50 ms", "first byte p99 ms"
GETS, UPSTREAM = "upstream GETs", "upstream ÷ blob"


class Herd(Scenario):
    name = "herd"
    idea = f"{CLIENTS} clients at once, one cold {SIZE_MIB} MiB blob"
    peers = (LongshorePeer, Nginx, Varnish, DockerRegistryProxy)
    metrics = (
        Metric(WALL),
        Metric(FIRST, 1),
        Metric(LAST_FIRST, 1),
        Metric(GETS, 0, is_compared=False),
        Metric(UPSTREAM, 3, is_compared=False),
    )

    def prepare(self) -> None:
        content = image([SIZE_MIB])
        self._blob = self.only_blob(content)
        self._registry = self.start_registry(content)
        discard(self._registry.port, self.blob_path(self._blob)).check()  # into the page cache

    def run(self, peer_type: type[Peer]) -> Run:
        self._registry.forget()
        with self.cache(peer_type, self._registry.port) as peer:
            path = self.blob_path(self._blob)
            download = discard(peer.port, path, connections=CLIENTS).check()
            settled_cpu_seconds(peer.pid)  # what it still fetches for itself counts, too
        gets = settled_gets(self._registry)
        return {
            WALL: download.seconds,
            FIRST: download.first_byte_ms_p50,
            LAST_FIRST: download.first_byte_ms_p99,
            GETS: len(gets),
            UPSTREAM: sum(gets) / self._blob.size,
        }

    def targets(self, results: Results) -> list[Target]:
        varnish = results.median(Varnish.name, WALL)
        return [
            in_every_run(results, UPSTREAM, 1.001, "upstream bytes 1.00× the blob", 3),
            at_most(results, WALL, varnish, "wall no worse than Varnish"),
            at_most(results, FIRST, 10, "first byte p50 under 10 ms", 1),
        ]


def settled_gets(registry: DockerRegistry) -> list[int]:
    """The body bytes of each blob GET, from the registry's access log. It is written when a request
    is over; the cache is gone by now, so all are about to be."""
    seen = -1

    def found() -> list[int]:
        return [a.bytes for a in registry.pulls() if a.method == "GET" and "/blobs/" in a.path]

    def same_as_before() -> bool:
        nonlocal seen
        before, seen = seen, len(found())
        return 0 < seen == before

    until(same_as_before, "the registry logs its GETs")
    return found()


SCENARIO = Herd
