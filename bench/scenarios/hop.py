"""An uncompressed layer between two Longshores: what a hub has stored compressed travels so."""

from __future__ import annotations

import subprocess

from harness.content import tar_image
from harness.programs import discard
from harness.results import Metric, Results, Run, Target, in_every_run
from harness.scenario import REPOSITORY, Scenario
from peers.longshore import LongshorePeer
from peers.peer import Peer
from support.http_client import get
from support.wait import until

SIZE = 200_000_000
WALL, WIRE, RATIO, STORED = "wall s", "wire MB", "wire / zstd -3", "stored MB at the hub"
COMPRESS_S = 120


class Hop(Scenario):
    name = "hop"
    idea = "a 200 MB uncompressed tar layer between two Longshores, the first of which has it"
    peers = (LongshorePeer,)
    metrics = (Metric(WALL, 2), Metric(WIRE, 1), Metric(RATIO, 3), Metric(STORED, 1))
    repeat = 3

    def prepare(self) -> None:
        content = tar_image(SIZE)
        self._blob = self.only_blob(content)
        self._zstd = int(
            subprocess.run(
                ["bash", "-c", 'zstd -3 -c "$1" | wc -c', "zstd", content.blob(self._blob.digest)],
                check=True,
                capture_output=True,
            ).stdout
        )
        self._registry = self.start_registry(content)

    def run(self, peer_type: type[Peer]) -> Run:
        with self.cache(peer_type, self._registry.port) as hub:
            stored = self._store(hub)
            relay = self.start_relay(hub.port)
            with self.cache(peer_type, relay.port) as edge:
                assert get(edge.port, f"/v2/{REPOSITORY}/manifests/bench").status == 200
                download = discard(
                    edge.port, self.blob_path(self._blob), verify=self._blob.digest
                ).check()
                wire = relay.quiet_traffic().to_client
        return {
            WALL: download.seconds,
            WIRE: wire / 1e6,
            RATIO: wire / self._zstd,
            STORED: stored / 1e6,
        }

    def _store(self, hub: Peer) -> int:
        """Fills the hub and waits until it has compressed the layer; how large that is."""
        assert get(hub.port, f"/v2/{REPOSITORY}/manifests/bench").status == 200
        discard(hub.port, self.blob_path(self._blob), verify=self._blob.digest).check()
        name = self._blob.digest.partition(":")[2] + ".zst"
        found = until(
            lambda: list((hub.folder / "cache/blobs").rglob(name)),
            "the hub has compressed the layer",
            COMPRESS_S,
        )
        return found[0].stat().st_size

    def targets(self, results: Results) -> list[Target]:
        return [in_every_run(results, RATIO, 1.05, "at most 1.05 × what zstd -3 makes of it", 3)]


SCENARIO = Hop
