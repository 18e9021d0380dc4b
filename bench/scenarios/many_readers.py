"""A thousand active clients with little room each: whether all get the same, and what they cost."""

from __future__ import annotations

import resource

from harness import cores
from harness.content import image
from harness.process_tree import forget_peak, peak_rss_bytes, settled_cpu_seconds
from harness.programs import discard
from harness.results import Metric, Results, Run, Target, at_least
from harness.scenario import Scenario
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.peer import Peer
from peers.varnish import Varnish
from support.payload import MIB

SIZE_MIB = 256
CLIENTS = 1000
RECEIVE_BUFFER = 16384  # of each: it is full most of the time, as a slow client's is
SECONDS = 6
FAIRNESS, SLOWEST, FASTEST = "fairness", "slowest ÷ median", "fastest ÷ median"
RATE, PEAK = "GB/s", "peak MiB"


class ManyReaders(Scenario):
    name = "many_readers"
    idea = f"{CLIENTS:,} clients with small buffers on one warm {SIZE_MIB} MiB blob, one server core"
    peers = (LongshorePeer, Nginx, Varnish)
    metrics = (
        Metric(FAIRNESS, 4, is_compared=False),
        Metric(SLOWEST, is_compared=False),
        Metric(FASTEST, is_compared=False),
        Metric(RATE, more_is_better=True),
        Metric(PEAK, 0),
    )
    repeat = 3

    def prepare(self) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (CLIENTS * 8, CLIENTS * 8))
        content = image([SIZE_MIB])
        self._blob = self.only_blob(content)
        self._registry = self.start_registry(content)

    def run(self, peer_type: type[Peer]) -> Run:
        path = self.blob_path(self._blob)
        with self.cache(peer_type, self._registry.port, on=cores.FIRST) as peer:
            discard(peer.port, path).check()
            settled_cpu_seconds(peer.pid)
            forget_peak(peer.pid)
            got = discard(
                peer.port,
                path,
                connections=CLIENTS,
                receive_buffer=RECEIVE_BUFFER,
                seconds=SECONDS,
            )
            peak = peak_rss_bytes(peer.pid)
        assert got.failed == 0, f"{got.failed} clients lost their connection"
        assert got.bytes_p50 > 0, "half of the clients got nothing"
        assert got.right == 0, "some had all of the blob: what they got says nothing any more"
        return {
            FAIRNESS: got.fairness,
            SLOWEST: got.bytes_min / got.bytes_p50,
            FASTEST: got.bytes_max / got.bytes_p50,
            RATE: got.bytes / 1e9 / SECONDS,
            PEAK: peak / MIB,
        }

    def targets(self, results: Results) -> list[Target]:
        return [at_least(results, FAIRNESS, 0.99, "Jain's index of what each got is 0.99 or more", 4)]


SCENARIO = ManyReaders
