"""What a large index costs: a start, memory, lookups and evictions at 10 thousand, 1 million and 10
million blobs, with twice as many links."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from harness import cores, programs
from harness.process_tree import peak_rss_bytes, rss_bytes, settled_cpu_seconds
from harness.results import Metric, Results, Run, Target, show
from harness.scenario import Scenario
from peers.longshore import LongshorePeer
from peers.peer import Peer
from support.http_client import Response, request
from support.oci import MANIFEST
from support.wait import until

NO_UPSTREAM = 9  # everything that is asked for is there
OPEN, KILLED, COLD = "open s", "after kill -9 s", "cold disk s"
OPEN_RSS, LOADED_RSS, PEAK = "MiB at first answer", "MiB loaded", "peak MiB"
PRESENT, ABSENT = "index lookup µs", "absent µs"
BLOB, MANIFEST_GET = "blob GET µs", "manifest GET µs"
LOAD, FIRST = "policy load s", "first eviction s"
FILLS, ROUNDS, EVICT_PEAK = "evicting fills/s", "evictions/s", "evicting peak MiB"
OVER = "over budget"
MIB = 1 << 20
STARTS = (OPEN, KILLED, COLD)
SPEEDS = (PRESENT, ABSENT, BLOB, MANIFEST_GET, FILLS, ROUNDS)
MOST_SLOWER = 1.5
OPEN_S, RSS_MIB = 2.0, 400.0
MINUTES = 3600.0  # that a program may take, in seconds


class Store(LongshorePeer):
    """Longshore on a store of so many blobs, all but a sample of which have no files: the scrub, which
    would find that out, is off."""

    blobs: ClassVar[int]

    def cache(self) -> dict[str, Any]:
        return {"size": "4TiB", "scrub": "off"}


class TenThousand(Store):
    name = "10 k"
    blobs = 10_000


class Million(Store):
    name = "1 M"
    blobs = 1_000_000


class TenMillion(Store):
    name = "10 M"
    blobs = 10_000_000


def bench_index(command: str, cache: Path, blobs: int) -> dict[str, Any]:
    return programs.say("bench_index", command, cache, "--blobs", blobs, timeout=MINUTES)


class Sample:
    """What is there in full: each of its paths leads to a hit."""

    def __init__(self, made: dict[str, Any]) -> None:
        repository = f"/v2/{made['repository']}"
        self.blobs = [f"{repository}/blobs/{digest}" for digest in made["blobs"]]
        self.manifests = [f"{repository}/manifests/{digest}" for digest in made["manifests"]]


class IndexScale(Scenario):
    name = "index_scale"
    idea = "the same store with 10 k, 1 M and 10 M blobs, and twice as many links"
    peers = (TenThousand, Million, TenMillion)
    base = TenThousand.name
    repeat = 1
    metrics = (
        *(Metric(name, is_compared=False) for name in (*STARTS, LOAD, FIRST)),
        *(Metric(name, 0, is_compared=False) for name in (OPEN_RSS, LOADED_RSS, PEAK, EVICT_PEAK)),
        *(Metric(name, 1) for name in (PRESENT, ABSENT, BLOB, MANIFEST_GET)),
        *(Metric(name, 0, more_is_better=True) for name in (FILLS, ROUNDS)),
        Metric(OVER, 0, is_compared=False),
    )

    def prepare(self) -> None:
        """Each run makes its own store, as evictions change it."""

    def run(self, peer_type: type[Peer]) -> Run:
        assert issubclass(peer_type, Store)
        with self.unstarted(peer_type, NO_UPSTREAM) as peer:
            cache = peer.folder / "cache"
            sample = Sample(bench_index("make", cache, peer.blobs))
            found = bench_index("lookup", cache, peer.blobs)
            served = self._serve(peer, sample)
            evicted = bench_index("evict", cache, peer.blobs)
        return {
            **served,
            PRESENT: found["present_us_p50"],
            ABSENT: found["absent_us_p50"],
            LOAD: evicted["load_seconds"],
            FIRST: evicted["first_seconds"],
            FILLS: evicted["fills_per_second"],
            ROUNDS: evicted["evicted_in_rounds_per_second"],
            EVICT_PEAK: evicted["peak_bytes"] / MIB,
            OVER: evicted["over_budget"],
        }

    def _serve(self, peer: Store, sample: Sample) -> Run:
        """Three starts: after a clean stop, after kill -9, and with nothing in the page cache."""
        run: Run = {OPEN: first_answer_s(peer, sample)}
        run[OPEN_RSS] = rss_bytes(peer.pid) / MIB
        settled_cpu_seconds(peer.pid, calm_s=2, at_most_s=MINUTES)  # the policy is loaded
        run[LOADED_RSS] = rss_bytes(peer.pid) / MIB
        # One after the other, each for the first time: nothing in memory knows it.
        run[BLOB] = ask_each(peer, sample.blobs)
        run[MANIFEST_GET] = ask_each(peer, sample.manifests)
        run[PEAK] = peak_rss_bytes(peer.pid) / MIB
        peer.kill()
        run[KILLED] = first_answer_s(peer, sample)
        peer.stop()
        forget_pages(peer.folder / "cache")
        run[COLD] = first_answer_s(peer, sample)
        peer.stop()
        return run

    def targets(self, results: Results) -> list[Target]:
        most = [at_most(results, name, OPEN_S) for name in (OPEN, KILLED)]
        most += [at_most(results, name, RSS_MIB) for name in (PEAK, EVICT_PEAK)]
        flat = [is_flat(results, metric) for metric in self.metrics if metric.name in SPEEDS]
        return [*most, *flat, at_most(results, OVER, 0)]


def first_answer_s(peer: Store, sample: Sample) -> float:
    """From its start to a blob that is right, give or take the pause between two tries."""

    def answer() -> Response | None:
        try:
            return request(peer.port, "GET", sample.blobs[0])
        except ConnectionError:
            return None

    started = time.monotonic()
    peer.launch()
    first = until(answer, f"{peer.name} answers", 60)
    assert first.status == 200 and first.body.startswith(b"sample blob 0 "), first
    return time.monotonic() - started


def ask_each(peer: Store, paths: Sequence[str]) -> float:
    """The median microseconds of a GET of each."""
    list_of_paths = peer.folder / "paths"
    list_of_paths.write_text("\n".join(paths))
    words = (peer.port, f"@{list_of_paths}", "--connections", 1, "--accept", MANIFEST)
    with cores.born_on(cores.LAST):
        said = programs.say("bench_requests", *words, "--seconds", 600, timeout=900)
    assert said["answered"] == len(paths) and said["wrong"] == said["lost"] == 0, said
    return float(said["ms_p50"]) * 1000


def forget_pages(folder: Path) -> None:
    """Nothing of these files is in the page cache any more: as after a boot."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def at_most(results: Results, metric: str, bound: float) -> Target:
    """At every size that was run."""
    seen = {peer.name: results.median(peer.name, metric) for peer in IndexScale.peers}
    known = {name: value for name, value in seen.items() if value is not None}
    is_reached = bool(known) and max(known.values()) <= bound and not results.failures
    worst = max(known, key=lambda name: known[name], default="none")
    return Target(f"{metric}: at most {bound:g}", is_reached, f"{show(known.get(worst))} ({worst})")


def is_flat(results: Results, metric: Metric) -> Target:
    """How many times slower than at 10 k, at the size where it is worst."""
    base = results.ours(metric.name)
    slower: dict[str, float] = {}
    for peer in IndexScale.peers[1:]:
        value = results.median(peer.name, metric.name)
        if base and value:
            slower[peer.name] = base / value if metric.more_is_better else value / base
    worst = max(slower, key=lambda name: slower[name], default="none")
    is_reached = bool(slower) and slower[worst] <= MOST_SLOWER and not results.failures
    text = f"{metric.name}: at most {MOST_SLOWER:g} × slower than at {IndexScale.base}"
    return Target(text, is_reached, f"{show(slower.get(worst))} ({worst})")


SCENARIO = IndexScale
