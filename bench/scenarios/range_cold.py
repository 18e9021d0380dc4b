"""One KiB out of the middle of a cold blob, as a lazy snapshotter asks; then again."""

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
from support.oci import digest_of
from support.payload import KIB, MIB

SIZE_MIB = 256
FIRST = SIZE_MIB * MIB // 2 + 12345
LAST = FIRST + KIB - 1
TIME, BYTES, WRONG = "ms", "body bytes", "wrong answers"
UPSTREAM, TRIPS, AGAIN = "upstream KiB", "requests", "second time KiB"
# Heads are counted with the bodies: a request and its answer stay below this.
HEADS_KIB = 4


class RangeCold(Scenario):
    name = "range_cold"
    idea = f"1 KiB in the middle of a cold {SIZE_MIB} MiB blob; then the same again"
    peers = (LongshorePeer, NginxSlice, Nginx, Varnish, DockerRegistryProxy)
    metrics = (
        Metric(TIME, 1),
        Metric(WRONG, 0, is_compared=False),
        Metric(BYTES, 0, is_compared=False),
        Metric(UPSTREAM, 0),
        Metric(TRIPS, 0, is_compared=False),
        Metric(AGAIN, 0, is_compared=False),
    )

    def prepare(self) -> None:
        content = image([SIZE_MIB])
        self._blob = self.only_blob(content)
        self._wanted = content.blob(self._blob.digest).read_bytes()[FIRST : LAST + 1]
        self._registry = self.start_registry(content)
        discard(self._registry.port, self.blob_path(self._blob)).check()  # into the page cache
        self._relay = self.start_relay(self._registry.port)

    def run(self, peer_type: type[Peer]) -> Run:
        with self.cache(peer_type, self._relay.port) as peer:
            before = self._relay.quiet_traffic()
            self._registry.forget()
            first = self._ask(peer)
            between = self._relay.quiet_traffic()
            requests = len(self._registry.accesses())
            second = self._ask(peer)
            after = self._relay.quiet_traffic()
        return {
            TIME: first[TIME],
            WRONG: first[WRONG] + second[WRONG],
            BYTES: first[BYTES],
            UPSTREAM: (between.to_client - before.to_client) / KIB,
            TRIPS: requests,
            AGAIN: (after.to_client - between.to_client) / KIB,
        }

    def _ask(self, peer: Peer) -> Run:
        wanted = {"range": f"{FIRST}-{LAST}", "verify": digest_of(self._wanted)}
        answer = discard(peer.port, self.blob_path(self._blob), **wanted)
        is_right = answer.right == 1 and answer.status == 206
        return {TIME: answer.seconds * 1e3, BYTES: answer.bytes, WRONG: 0 if is_right else 1}

    def targets(self, results: Results) -> list[Target]:
        return [
            in_every_run(results, WRONG, 0, "206 with the right 1 KiB, both times", 0),
            in_every_run(results, UPSTREAM, 1024 + HEADS_KIB, "at most 1 MiB from upstream", 0),
            in_every_run(results, TRIPS, 2, "at most 2 round trips", 0),
            in_every_run(results, AGAIN, 0, "stored: nothing from upstream the second time", 0),
        ]


SCENARIO = RangeCold
