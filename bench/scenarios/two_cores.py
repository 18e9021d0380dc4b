"""What a second core adds to small hits.

On two cores there is none left for the client: it runs on both, beside the server. So what is
compared is how many requests a second of the server's own CPU time answers: where the loops share
nothing, a request costs the same with two of them, and two cores answer twice as many."""

from __future__ import annotations

from harness import cores
from harness.content import small_image
from harness.load import ACCEPT, Load
from harness.process_tree import settled_cpu_seconds
from harness.results import Metric, Results, Run, Target, at_least
from harness.scenario import REPOSITORY, Scenario
from peers.longshore import LongshorePeer
from peers.peer import Peer
from support.http_client import request

SECONDS = 4
ONE, TWO, SCALE = "req per CPU s, 1 loop", "req per CPU s, 2 loops", "two cores ÷ one"


class TwoCores(Scenario):
    name = "two_cores"
    idea = "manifest hits with one loop on one core, and with two loops on two"
    peers = (LongshorePeer,)
    metrics = (
        Metric(ONE, 0, is_compared=False),
        Metric(TWO, 0, is_compared=False),
        Metric(SCALE, is_compared=False),
    )

    def prepare(self) -> None:
        content = small_image(1024)
        self._registry = self.start_registry(content)
        self._manifest = f"/v2/{REPOSITORY}/manifests/{content.index_digest}"

    def run(self, peer_type: type[Peer]) -> Run:
        both = set(cores.ALL)
        one = self._per_cpu_second(peer_type, cores.FIRST, cores.LAST)
        two = self._per_cpu_second(peer_type, both, both)
        return {ONE: one, TWO: two, SCALE: len(both) * two / one}

    def _per_cpu_second(self, peer_type: type[Peer], server: set[int], client: set[int]) -> float:
        with self.cache(peer_type, self._registry.port, on=server) as peer:
            for _ in range(2):
                answer = request(peer.port, "GET", self._manifest, {"Accept": ACCEPT})
                assert answer.status == 200, answer
            before = settled_cpu_seconds(peer.pid)
            load = Load.of_wrk(peer.port, self._manifest, SECONDS, on=client)
            used = settled_cpu_seconds(peer.pid) - before
        return load.per_second * load.seconds / used

    def targets(self, results: Results) -> list[Target]:
        return [at_least(results, SCALE, 1.8, "two cores answer at least 1.8 × what one does")]


SCENARIO = TwoCores
