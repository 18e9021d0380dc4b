"""The byte budget is hard: what the cache folder takes on disk never passes it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from soak.stored import disk_usage
from support.fixtures import StartLongshore
from support.longshore import one_connection
from support.payload import MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NAME = "library/app"
BUDGET = 128 * MIB
BLOB = 12 * MIB
COUNT = 24
CLIENTS = 8


def test_old_blobs_make_room_and_the_budget_holds(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    blobs = {
        repository.add_blob(data): data for data in (payload(BLOB, seed) for seed in range(COUNT))
    }
    longshore = start_longshore({"docker.io": upstream.url}, cache={"size": "128MiB"})
    client = longshore.client()
    for digest, data in blobs.items():
        assert client.blob(NAME, digest).body == data
        assert longshore.disk_bytes() <= BUDGET

    metrics = longshore.metrics()
    assert metrics.total("longshore_evictions_total") >= COUNT - BUDGET // BLOB
    assert metrics.total("longshore_evicted_young_bytes_total") >= BLOB
    assert metrics.total("longshore_storage_capacity_bytes") == BUDGET
    assert 0 < metrics.total("longshore_storage_used_bytes") <= BUDGET

    newest = list(blobs)[-1]
    longshore.until_hit(f"{NAME}/blobs/{newest}")


def test_the_budget_holds_at_every_moment_while_fills_and_evictions_race(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    blobs = {
        repository.add_blob(data): data
        for data in (payload((1 + seed % 9) * MIB, seed) for seed in range(40))
    }
    longshore = start_longshore({"docker.io": upstream.url}, cache={"size": "128MiB"})
    most = 0
    over = threading.Event()

    def sample() -> None:
        nonlocal most
        while not over.is_set():
            most = max(most, disk_usage(longshore.cache))

    def pull(digest: str) -> None:
        answer = longshore.client().blob(NAME, digest)
        assert answer.status == 200, answer.body
        assert answer.body == blobs[digest]

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(pull, [*blobs, *reversed(blobs)]))
    finally:
        over.set()
        sampler.join()
    assert longshore.metrics().total("longshore_evictions_total") > len(blobs) / 4
    assert most <= BUDGET * 1.01
    assert most > BUDGET / 2, "it was never full"


def test_a_blob_in_use_is_not_evicted(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """What is asked for again and again stays, while others come and go."""
    repository = upstream.repository(NAME)
    popular = repository.add_blob(payload(BLOB, 1000))
    others = [repository.add_blob(payload(BLOB, seed)) for seed in range(COUNT)]
    longshore = start_longshore(
        {"docker.io": one_connection(upstream.url)}, cache={"size": "128MiB"}
    )
    client = longshore.client()
    client.blob(NAME, popular)
    for digest in others:
        client.blob(NAME, digest)
        client.blob(NAME, popular)
    assert upstream.gets(popular) == 1


def test_a_blob_larger_than_the_budget_is_streamed_through(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(BUDGET + MIB)
    digest = upstream.repository(NAME).add_blob(data)
    longshore = start_longshore({"docker.io": upstream.url}, cache={"size": "128MiB"})
    answer = longshore.client().blob(NAME, digest)
    assert answer.status == 200
    assert answer.body == data
    assert longshore.stored_digests() == set()
    until(lambda: longshore.staged_files() == [], "nothing stays in staging")
    assert longshore.disk_bytes() <= BUDGET
