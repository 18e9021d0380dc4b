"""The upstream's connections break every 16 MiB: who gets the whole blob?"""

from __future__ import annotations

from harness.content import image
from harness.programs import discard
from harness.results import Metric, Results, Run, Target, in_every_run
from harness.scenario import Scenario
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.nginx_slice import NginxSlice
from peers.peer import Peer
from peers.varnish import Varnish
from support.payload import KIB, MIB

SIZE_MIB = 256
CUT_MIB = 16
CLIENTS = 8
CHUNK = 64 * KIB  # FetchPlanner::kChunk
HEAD = 2 * KIB  # more than a response's head takes
GIVE_UP_S = 60
LOST, WALL = "clients without", "wall s"
CUTS, UPSTREAM, TWICE = "cuts", "upstream ÷ blob", "KiB twice a cut"


class BrokenUpstream(Scenario):
    name = "broken_upstream"
    idea = f"{CLIENTS} clients, one cold {SIZE_MIB} MiB blob, connections cut every {CUT_MIB} MiB"
    peers = (LongshorePeer, Nginx, NginxSlice, Varnish, DockerRegistryProxy)
    metrics = (
        Metric(LOST, 0, is_compared=False),
        Metric(WALL, is_compared=False),
        Metric(CUTS, 0, is_compared=False),
        Metric(UPSTREAM, 3, is_compared=False),
        Metric(TWICE, 1, is_compared=False),
    )
    repeat = 3

    def prepare(self) -> None:
        content = image([SIZE_MIB])
        self._blob = self.only_blob(content)
        registry = self.start_registry(content)
        discard(registry.port, self.blob_path(self._blob)).check()  # into the page cache
        self._relay = self.start_relay(registry.port, cut_every=CUT_MIB * MIB)

    def run(self, peer_type: type[Peer]) -> Run:
        with self.cache(peer_type, self._relay.port) as peer:
            before = self._relay.quiet_traffic()
            download = discard(
                peer.port,
                self.blob_path(self._blob),
                connections=CLIENTS,
                verify=self._blob.digest,
                seconds=GIVE_UP_S,
            )
            after = self._relay.quiet_traffic()
        cuts = after.cuts - before.cuts
        heads = (after.connections - before.connections) * HEAD
        received = after.to_client - before.to_client
        run = {LOST: CLIENTS - download.right, CUTS: cuts, UPSTREAM: received / self._blob.size}
        if download.right == CLIENTS:
            run[WALL] = download.seconds
            run[TWICE] = max(0, received - heads - self._blob.size) / KIB / max(cuts, 1)
        return run

    def targets(self, results: Results) -> list[Target]:
        return [
            in_every_run(results, LOST, 0, "every client gets every byte", 0),
            in_every_run(results, TWICE, CHUNK / KIB, "KiB fetched twice a cut: one chunk", 1),
        ]


SCENARIO = BrokenUpstream
