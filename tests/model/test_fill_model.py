"""Random readers, faults and deaths against a model of the fill engine.

LONGSHORE_MODEL_SECONDS says for how long (60), LONGSHORE_MODEL_SEED with which round to begin: the
seed of the next round is one more, so a failed round is the first one of its own seed.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from model.plan import described, plan_round
from model.play import Play

SECONDS = float(os.environ.get("LONGSHORE_MODEL_SECONDS", "60"))
SEEDS = 1 << 31


def first_seed() -> int:
    return int(os.environ.get("LONGSHORE_MODEL_SEED") or random.SystemRandom().randrange(SEEDS))


def play(seed: int, folder: Path) -> None:
    plan = plan_round(random.Random(seed))
    try:
        with ExitStack() as servers:
            Play(plan, folder, servers).run()
    except BaseException:
        print(f"round {seed} failed. Again: LONGSHORE_MODEL_SEED={seed}\n{described(plan)}")
        raise
    shutil.rmtree(folder)


def test_what_readers_get_and_what_the_upstream_sends(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = first_seed()
    with capsys.disabled():
        print(f"\nLONGSHORE_MODEL_SEED={seed}")
    deadline = time.monotonic() + SECONDS
    rounds = 0
    while rounds == 0 or time.monotonic() < deadline:
        play(seed + rounds, folder / "round")
        rounds += 1
    with capsys.disabled():
        print(f"{rounds} rounds")
