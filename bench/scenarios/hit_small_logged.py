"""What a line a request costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness import cores
from harness.content import small_image
from harness.load import ACCEPT, CONNECTIONS, Load
from harness.process_tree import settled_cpu_seconds
from harness.results import Metric, Results, Run, Target, at_least, in_every_run
from harness.scenario import REPOSITORY, Scenario
from peers.logging import WITHOUT
from peers.peer import Peer
from support.http_client import request

SECONDS = 3
SILENT, LOGGED, TAIL = "silent req/s", "logged req/s", "logged p99 ms"
SHARE, MISSING = "logged ÷ silent", "lines missing"


class HitSmallLogged(Scenario):
    name = "hit_small_logged"
    idea = f"manifest by digest without and with an access log: {CONNECTIONS} connections, one core"
    peers = tuple(WITHOUT)
    metrics = (
        Metric(SILENT, 0, more_is_better=True),
        Metric(LOGGED, 0, more_is_better=True),
        Metric(SHARE, is_compared=False),
        Metric(TAIL),
        Metric(MISSING, 0, is_compared=False),
    )

    def prepare(self) -> None:
        content = small_image(1024)
        self._digest = content.index_digest
        self._registry = self.start_registry(content)
        self._manifest = f"/v2/{REPOSITORY}/manifests/{self._digest}"

    def run(self, peer_type: type[Peer]) -> Run:
        with self._warm(WITHOUT[peer_type]) as peer:
            silent = self._load(peer)
        with self._warm(peer_type) as peer:
            before = self._lines(peer)
            logged = self._load(peer)
            settled_cpu_seconds(peer.pid)
            lines = self._lines(peer) - before
        return {
            SILENT: silent.per_second,
            LOGGED: logged.per_second,
            SHARE: logged.per_second / silent.per_second,
            TAIL: logged.ms_p99,
            MISSING: max(0, round(logged.per_second * logged.seconds) - lines),
        }

    @contextmanager
    def _warm(self, peer_type: type[Peer]) -> Iterator[Peer]:
        with self.cache(peer_type, self._registry.port, on=cores.FIRST) as peer:
            for _ in range(2):
                answer = request(peer.port, "GET", self._manifest, {"Accept": ACCEPT})
                assert answer.status == 200, f"{peer.name}: {answer.status}"
            yield peer

    def _load(self, peer: Peer) -> Load:
        return Load.of_wrk(peer.port, self._manifest, SECONDS)

    def _lines(self, peer: Peer) -> int:
        """Those of requests for the manifest."""
        digest = self._digest.encode()
        with peer.log_path.open("rb") as lines:
            return sum(digest in line for line in lines)

    def targets(self, results: Results) -> list[Target]:
        return [
            at_least(results, SHARE, 0.8, "a line a request costs at most a fifth"),
            in_every_run(results, MISSING, 0, "no line is missing", 0),
        ]


SCENARIO = HitSmallLogged
