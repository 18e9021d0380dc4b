"""What a soak asks for, drawn from its seed: blobs whose upstream fails now and then, for as long as
it runs, and how each life of the process goes. The clients are those of the model test.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from model.plan import ANY_FAULT, BlobPlan, Death, Fault, Mood, ReaderPlan, plan_fault, plan_reader
from support import oci
from support.payload import KIB, MIB, payload, text

MOST = 6 * MIB
INCOMPRESSIBLE = payload(2 * MOST, seed=11)
COMPRESSIBLE = text(2 * MOST, seed=12)
SALT = 16  # bytes that make equal slices different blobs
NUMBERED_GETS = 5_000


@dataclass(frozen=True)
class LifePlan:
    """One life of the process: for how long it serves, and how it ends."""

    seconds: float
    death: Death


def plan_blobs(random: Random, total: int, faults: float, corrupt: float) -> tuple[BlobPlan, ...]:
    """Blobs of `total` bytes at least. `faults`: the part of GETs that fail; `corrupt`: the part of
    blobs that the upstream lies about until it heals."""
    blobs: list[BlobPlan] = []
    while sum(blob.size for blob in blobs) < total:
        blobs.append(plan_blob(random, faults, corrupt))
    return tuple(blobs)


def plan_blob(random: Random, faults: float, corrupt: float) -> BlobPlan:
    size = int(2 ** random.uniform(15, 22.5))
    source = random.choice((INCOMPRESSIBLE, COMPRESSIBLE))
    first = random.randint(0, len(source) - size)
    data = random.randbytes(SALT) + source[first : first + size - SALT]
    return BlobPlan(
        data,
        oci.digest_of(data),
        plan_faults(random, faults),
        latency_s=random.choice((0, 0, 0.01)),
        lasts_s=random.choice((0, 0, 0, 0.2)),
        ignores_ranges=False,
        redirects=random.random() < 0.2,
        has_etag=random.random() < 0.5,
        corrupt_at=random.randrange(size) if random.random() < corrupt else None,
    )


def plan_faults(random: Random, part: float) -> dict[int, Fault]:
    return {
        number: plan_fault(random, random.choice(ANY_FAULT))
        for number in range(NUMBERED_GETS)
        if random.random() < part
    }


def plan_client(random: Random, blobs: tuple[BlobPlan, ...]) -> ReaderPlan:
    """The whole, a range, several, slow, impatient: some blobs far more often than others."""
    popular = blobs[: max(1, len(blobs) // 5)]
    chosen = random.choice(popular if random.random() < 0.5 else blobs)
    plan = plan_reader(random, Mood.HARSH, (chosen,))
    return ReaderPlan(
        blobs.index(chosen),
        plan.method,
        plan.range,
        plan.leave_after,
        plan.resets,
        plan.receive_buffer,
        plan.sips,
    )


def plan_lives(random: Random, seconds: float, shortest: float, longest: float) -> list[LifePlan]:
    """Lives that together take about so long."""
    lives: list[LifePlan] = []
    left = seconds
    while left > 0:
        life = LifePlan(random.uniform(shortest, longest), random.choice(tuple(Death)))
        lives.append(life)
        left -= life.seconds
    return lives


# By design never used (cache/store/budget.h): 4 MiB for folders and log, as much again as the index
# takes, and what the blob that is coming still lacks. Here that is less than a twentieth.
BUDGET_MIB = 512
# Half of it compresses to a quarter: about twice as much as fits.
TOTAL = 3 * BUDGET_MIB * MIB
IMAGE_LAYERS = (300 * KIB, 2 * MIB, 900 * KIB)
