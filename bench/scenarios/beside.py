"""Small hits while the same server is busy with something large."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import ClassVar

from harness.content import image, layer_blobs, small_image
from harness.load import ACCEPT
from harness.process_tree import settled_cpu_seconds
from harness.programs import LINK_FIRST, ask, discard
from harness.results import Metric, Results, Run, Target, at_most
from harness.scenario import Scenario
from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from peers.peer import Peer
from peers.varnish import Varnish
from support.http_client import request

SIZE_MIB = 256
COLD_BLOBS = 3
RATE = 4000  # requests/s, a few percent of what a core answers
CONNECTIONS = 64
ALONE, HITS, FILL = "alone", "beside hits", "beside a fill"
SECONDS = {ALONE: 2.0, HITS: 2.0, FILL: 0.5}
QUANTILES = ("p50", "p99", "p999")
BLOB = "blob GB/s"
MOST_MS = 5.0


def latency(kind: str, quantile: str) -> str:
    return f"{kind} {quantile} ms"


class Beside(Scenario):
    """Manifests by digest at a fixed rate: alone; while 8 connections pull a warm blob as fast as they
    can; while one client fetches cold ones, one after the other. A request is as late as the answer
    before made it."""

    on: ClassVar[set[int]]
    peers = (LongshorePeer, Nginx, Varnish)
    metrics = (
        *(Metric(latency(kind, quantile)) for kind in SECONDS for quantile in QUANTILES),
        Metric(BLOB, is_compared=False),
    )

    def prepare(self) -> None:
        content = image([SIZE_MIB] * (1 + COLD_BLOBS))
        self._registry = self.start_registry(content)
        self._warm, *self._cold = (self.blob_path(blob) for blob in layer_blobs(content))
        for path in (self._warm, *self._cold):
            discard(self._registry.port, path).check()  # into the page cache
        # Of another image: what the manifest names is prefetched.
        small = small_image(1024)
        self._registry.push(small, "bench/small:bench")
        self._manifest = f"/v2/bench/small/manifests/{small.index_digest}"

    def run(self, peer_type: type[Peer]) -> Run:
        with self.cache(peer_type, self._registry.port, on=self.on) as peer:
            discard(peer.port, self._warm).check()
            for _ in range(2):
                answer = request(peer.port, "GET", self._manifest, {"Accept": ACCEPT})
                assert answer.status == 200, f"{peer.name}: {answer.status}"
            settled_cpu_seconds(peer.pid)
            run = self._ask(peer, ALONE)
            with Pulling(peer.port, repeat(self._warm), connections=8) as hits:
                run |= self._ask(peer, HITS)
            settled_cpu_seconds(peer.pid)
            with Pulling(peer.port, self._cold) as fills:
                run |= self._ask(peer, FILL)
        assert not fills.had_ended, f"{peer.name} filled {COLD_BLOBS} blobs before the end"
        return run | {BLOB: hits.bytes / 1e9 / hits.seconds}

    def _ask(self, peer: Peer, kind: str) -> Run:
        said = ask(
            peer.port,
            self._manifest,
            LINK_FIRST,
            connections=CONNECTIONS,
            rate=RATE,
            accept=ACCEPT,
            seconds=SECONDS[kind],
        ).check()
        milliseconds = (said.ms_p50, said.ms_p99, said.ms_p999)
        names = (latency(kind, quantile) for quantile in QUANTILES)
        return dict(zip(names, milliseconds, strict=True))

    def targets(self, results: Results) -> list[Target]:
        return [
            at_most(results, latency(kind, "p99"), MOST_MS, f"{kind}: p99 below {MOST_MS:g} ms")
            for kind in (HITS, FILL)
        ]


class Pulling:
    """One download after the other while the body of the `with` runs; the last is waited for."""

    def __init__(self, port: int, paths: Iterable[str], **options: int) -> None:
        self._port, self._paths, self._options = port, paths, options
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self.had_ended = False  # before the body did
        self.bytes = 0
        self.seconds = 0.0

    def __enter__(self) -> Pulling:
        self._work = self._thread.submit(self._pull)
        return self

    def __exit__(self, *_: object) -> None:
        self.had_ended = self._work.done()
        self._stop.set()
        self._thread.shutdown()
        self._work.result()

    def _pull(self) -> None:
        for path in self._paths:
            if self._stop.is_set():
                break
            download = discard(self._port, path, **self._options).check()
            self.bytes += download.bytes
            self.seconds += download.seconds
