"""Small hits: what most requests to a cache of images are."""

from __future__ import annotations

from harness import cores
from harness.content import small_image
from harness.load import ACCEPT, CONNECTIONS, Load
from harness.results import Metric, Results, Run, Target, at_least_times_best, no_worse_than_best
from harness.scenario import REPOSITORY, Scenario
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.nginx_static import NginxStatic
from peers.peer import Peer
from peers.traffic_server import TrafficServer
from peers.varnish import Varnish
from support.http_client import request

SIZE = 1024
SECONDS = 3
CACHES = (Nginx, Varnish, TrafficServer, DockerRegistryProxy)
KINDS = ("manifest", "HEAD tag", "1 KiB blob")


def per_second(kind: str) -> str:
    return f"{kind} req/s"


def p99(kind: str) -> str:
    return f"{kind} p99 ms"


class HitSmall(Scenario):
    name = "hit_small"
    idea = f"manifest by digest, HEAD by tag, 1 KiB blob: {CONNECTIONS} connections, one server core"
    peers = (LongshorePeer, *CACHES, NginxStatic)
    metrics = tuple(
        metric
        for kind in KINDS
        for metric in (Metric(per_second(kind), 0, more_is_better=True), Metric(p99(kind)))
    )

    def prepare(self) -> None:
        self._image = small_image(SIZE)
        self._blob = self.only_blob(self._image)
        self._registry = self.start_registry(self._image)
        manifests = f"/v2/{REPOSITORY}/manifests"
        self._manifest = f"{manifests}/{self._image.index_digest}"
        self._tag = f"{manifests}/bench"

    def run(self, peer_type: type[Peer]) -> Run:
        blob = self.blob_path(self._blob)
        with self.cache(peer_type, self._registry.port, on=cores.FIRST) as peer:
            self._warm(peer, blob)
            loads = {
                KINDS[0]: Load.of_wrk(peer.port, self._manifest, SECONDS),
                KINDS[1]: Load.of_heads(peer.port, self._tag, SECONDS),
                KINDS[2]: Load.of_wrk(peer.port, blob, SECONDS),
            }
        return {
            name: value
            for kind, load in loads.items()
            for name, value in (
                (per_second(kind), load.per_second),
                (p99(kind), load.ms_p99),
            )
        }

    def _warm(self, peer: Peer, blob: str) -> None:
        sources = {
            self._manifest: self._image.index_digest,
            self._tag: self._image.index_digest,
            blob: self._blob.digest,
        }
        for path, digest in sources.items():
            if isinstance(peer, NginxStatic):
                peer.put(path, self._image.blob(digest))
            for method in ("GET", "GET", "HEAD"):
                answer = request(peer.port, method, path, {"Accept": ACCEPT})
                assert answer.status == 200, f"{peer.name}: {method} {path}: {answer.status}"

    def targets(self, results: Results) -> list[Target]:
        caches = [peer.name for peer in CACHES]
        ours = [at_least_times_best(results, per_second(kind), caches, 1.3) for kind in KINDS]
        tails = [no_worse_than_best(results, p99(kind), caches) for kind in KINDS]
        registry = [DockerRegistryProxy.name]
        slow = [at_least_times_best(results, per_second(kind), registry, 50) for kind in KINDS]
        return [*ours, *tails, *slow]


SCENARIO = HitSmall
