"""kill -9 at random moments under load, again and again: every byte that a client gets and every
file that is left is compared.

LONGSHORE_CRASH_KILLS says how often it is killed (by default as often as SECONDS allow, and LEAST
times however long that takes), LONGSHORE_CRASH_SEED plays a plan again.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom

import pytest

from model.reader import End
from model.wire import Wire
from soak.crowd import Crowd
from soak.life import until_idle, wait
from soak.plan import plan_blobs
from soak.stored import broken
from support.longshore import Longshore
from support.payload import MIB

SECONDS = 60.0
LEAST = 20
KILLS = int(os.environ.get("LONGSHORE_CRASH_KILLS", "0"))
READERS = 6


def test_killed_at_random_moments_under_load(
    folder: Path, servers: ExitStack, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("LONGSHORE_CRASH_SEED") or SystemRandom().randrange(1 << 31))
    with capsys.disabled():
        print(f"\nLONGSHORE_CRASH_SEED={seed}")
    random = Random(seed)
    # More than the store holds: it is filled and evicted from all the time.
    blobs = plan_blobs(random, 96 * MIB, faults=0.0, corrupt=0.0)
    wire = Wire(blobs, servers)
    longshore = Longshore(
        folder / "longshore",
        {"docker.io": wire.url},
        cache={"size": "64MiB", "scrub": "5s"},
        log={"level": "warn", "format": "json"},
    )
    servers.callback(longshore.stop)
    longshore.start()
    crowd = Crowd(longshore, blobs, random)
    crowd.readers(READERS)
    deadline = time.monotonic() + SECONDS
    kills = 0
    while kills < (KILLS or LEAST) or (not KILLS and time.monotonic() < deadline):
        wait(random.choice((0.0, 0.05, 0.3, 1.0)) * random.random())
        longshore.kill()
        assert broken(longshore.cache) == []
        assert crowd.wrong == []
        longshore.start()
        kills += 1
    crowd.stop()
    until_idle(longshore)
    for number, blob in enumerate(blobs):
        assert crowd.read(number).end is End.COMPLETE, blob.digest
    assert crowd.wrong == []
    metrics = longshore.metrics()
    assert metrics.total("longshore_scrub_corrupt_blobs_total") == 0
    assert metrics.total("longshore_storage_degraded") == 0
    longshore.stop()
    assert broken(longshore.cache) == []
    with capsys.disabled():
        print(f"{kills} kills; {dict(sorted(crowd.ends.items()))}")
