"""kill -9 when half of a blob is there; how much is fetched again?"""

from __future__ import annotations

from harness.content import image
from harness.programs import Traffic, discard
from harness.results import Metric, Results, Run, Target, in_every_run
from harness.scenario import Scenario
from peers.docker_registry import DockerRegistryProxy
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.nginx_slice import NginxSlice
from peers.peer import Peer
from peers.varnish import Varnish
from support.download import Download
from support.wait import until

SIZE_MIB = 256
RATE = 32_000_000  # slow enough to be killed in time
BEFORE, AFTER, SUM = "before, % of blob", "after, % of blob", "sum %"


class Restart(Scenario):
    name = "restart"
    idea = f"kill -9 at half of a cold {SIZE_MIB} MiB blob; start again, GET it whole"
    peers = (LongshorePeer, NginxSlice, Nginx, Varnish, DockerRegistryProxy)
    metrics = (
        Metric(BEFORE, 1, is_compared=False),
        Metric(AFTER, 1),
        Metric(SUM, 1, is_compared=False),
    )
    repeat = 3

    def prepare(self) -> None:
        content = image([SIZE_MIB])
        self._blob = self.only_blob(content)
        registry = self.start_registry(content)
        self._relay = self.start_relay(registry.port, rate=RATE)

    def run(self, peer_type: type[Peer]) -> Run:
        path = self.blob_path(self._blob)
        with self.cache(peer_type, self._relay.port) as peer:
            start = self._relay.quiet_traffic()
            url = f"http://127.0.0.1:{peer.port}{path}"
            client = Download(url, peer.folder / "heads")
            until(lambda: self._percent(start) >= 50, "half of the blob is there", 60)
            peer.kill()
            client.leave()
            middle = self._relay.quiet_traffic()
            peer.start()
            discard(peer.port, path, verify=self._blob.digest).check()
            end = self._relay.quiet_traffic()
        before, after = self._percent(start, middle), self._percent(middle, end)
        return {BEFORE: before, AFTER: after, SUM: before + after}

    def _percent(self, start: Traffic, end: Traffic | None = None) -> float:
        moved = (end or self._relay.traffic()).to_client - start.to_client
        return 100 * moved / self._blob.size

    def targets(self, results: Results) -> list[Target]:
        return [in_every_run(results, AFTER, 51, "after the restart at most 51 % of the blob", 1)]


SCENARIO = Restart
