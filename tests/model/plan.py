"""What a round of the model test asks, drawn from its seed alone: blobs, faults, readers,
settings, deaths. Timing is not part of it.

A round has one of three moods. *calm*: nothing goes wrong and nobody leaves, so what the upstream
is asked is exact. *gentle*: faults that README.md of proxy/ promises to survive. *harsh*: anything;
only the truth of what comes is asked then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any

from support import oci
from support.payload import KIB, MIB, payload

CHUNK = 64 * KIB  # FetchPlanner::kChunk: ranges begin and end on these
MOST = 24 * MIB
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1)
SALT = 16  # bytes that make equal slices of the pool different blobs
POOL = payload(MOST, seed=7)
# Registry retries twice before the first byte, and a fetch survives three breaks in a row without
# progress (proxy/README.md, "When the upstream breaks"): two faults a blob are survived wherever
# they fall.
MOST_PASSING_FAULTS = 2
NUMBERED_GETS = 4  # faults hit one of the first so many GETs


class Mood(Enum):
    CALM = "calm"
    GENTLE = "gentle"
    HARSH = "harsh"


class Kind(Enum):
    CUT = "cut"  # the connection closes in mid-body
    REFUSE = "refuse"  # 5xx
    DROP = "drop"  # the connection closes without an answer
    STALL = "stall"  # the body pauses
    ETAG = "etag"  # another strong ETag than the answers before
    SHORT = "short"  # Content-Length, and the body, are less than the range
    LONG = "long"  # Content-Length is more than comes
    SHIFT = "shift"  # Content-Range is not what was asked for


BREAKING = (Kind.CUT, Kind.CUT, Kind.REFUSE, Kind.DROP)
ANY_FAULT = tuple(Kind)


@dataclass(frozen=True)
class Fault:
    kind: Kind
    part: float = 0.0  # where in the body, from 0 to 1
    status: int = 503
    seconds: float = 0.0


@dataclass(frozen=True)
class BlobPlan:
    data: bytes = field(repr=False)
    digest: str
    faults: dict[int, Fault]  # by the number of the GET
    latency_s: float  # before the head
    lasts_s: float  # the body of all of it, over one connection
    ignores_ranges: bool
    redirects: bool
    has_etag: bool
    corrupt_at: int | None

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(frozen=True)
class ReaderPlan:
    blob: int
    method: str = "GET"
    range: str | None = None
    leave_after: int | None = None  # bytes of the body; None: it is patient
    resets: bool = False  # leaves with RST
    receive_buffer: int | None = None
    sips: int = 0  # so many small reads with a pause before it drinks up
    begins_at: int = 0  # bytes that the upstream has sent, a moment at most


class Death(Enum):
    KILL = "kill -9"
    STOP = "SIGTERM"


@dataclass(frozen=True)
class Wave:
    """Readers that run at once; the process may die among them, or end between this wave and the
    next.
    """

    readers: tuple[ReaderPlan, ...]
    death: Death | None = None
    dies_at: int = 0  # bytes that the upstream has sent in this wave
    restart_after: bool = False


@dataclass(frozen=True)
class RoundPlan:
    mood: Mood
    blobs: tuple[BlobPlan, ...]
    settings: dict[str, Any]
    upstream_settings: dict[str, Any]
    waves: tuple[Wave, ...]

    @property
    def is_corrupt(self) -> bool:
        return any(blob.corrupt_at is not None for blob in self.blobs)

    @property
    def kills(self) -> int:
        return sum(wave.death is Death.KILL for wave in self.waves)


def plan_round(random: Random) -> RoundPlan:
    mood = random.choices(tuple(Mood), (3, 4, 3))[0]
    blobs = plan_blobs(random, mood)
    return RoundPlan(
        mood,
        blobs,
        settings={
            "threads": random.randint(1, 4),
            "complete_partial": f"{random.choice((0, 10, 25, 60, 100))}%",
        },
        upstream_settings={
            "max_connections_per_blob": random.choice((1, 1, 2, 4, 8, 8)),
            "max_connections": random.choice((1, 2, 4, 64)),
        },
        waves=tuple(plan_wave(random, mood, blobs) for _ in range(random.choice((1, 1, 2)))),
    )


def plan_blobs(random: Random, mood: Mood) -> tuple[BlobPlan, ...]:
    plans = [plan_blob(random, mood) for _ in range(random.choice((1, 1, 2, 3)))]
    return tuple({plan.digest: plan for plan in plans}.values())


def plan_blob(random: Random, mood: Mood) -> BlobPlan:
    data = plan_data(random)
    ignores_ranges = mood is not Mood.CALM and random.random() < 0.1
    is_corrupt = mood is Mood.HARSH and len(data) > 0 and random.random() < 0.4
    return BlobPlan(
        data,
        oci.digest_of(data),
        {} if ignores_ranges else plan_faults(random, mood),
        latency_s=random.choice((0, 0, 0, 0.005, 0.03)),
        lasts_s=random.choice((0, 0, 0.3, 1)),
        ignores_ranges=ignores_ranges,
        redirects=random.random() < 0.3,
        has_etag=random.random() < 0.6,
        corrupt_at=random.randrange(len(data)) if is_corrupt else None,
    )


def plan_data(random: Random) -> bytes:
    size = random.choice(
        (
            random.choice(SIZES),
            random.randint(2 * CHUNK, 900 * KIB),
            random.randint(MIB, 8 * MIB),
            random.randint(8 * MIB, MOST),
        )
    )
    salt = random.randbytes(min(size, SALT))
    first = random.randint(0, len(POOL) - size)
    return salt + POOL[first : first + size - len(salt)]


def plan_faults(random: Random, mood: Mood) -> dict[int, Fault]:
    if mood is Mood.CALM:
        return {}
    if mood is Mood.GENTLE:
        kinds = list(random.choices(BREAKING, k=random.randint(0, MOST_PASSING_FAULTS)))
        kinds += [Kind.STALL] * random.randint(0, 1)
    else:
        kinds = list(random.choices(ANY_FAULT, k=random.randint(2, 8)))
    numbers = random.sample(range(max(NUMBERED_GETS, len(kinds))), len(kinds))
    return {number: plan_fault(random, kind) for number, kind in zip(numbers, kinds, strict=True)}


def plan_fault(random: Random, kind: Kind) -> Fault:
    part = random.choice((0.0, 1.0, random.random(), random.random()))
    return Fault(kind, part, random.choice((500, 502, 503, 504)), random.uniform(0.05, 0.5))


def plan_wave(random: Random, mood: Mood, blobs: tuple[BlobPlan, ...]) -> Wave:
    count = random.randint(1, 12)
    readers = tuple(plan_reader(random, mood, blobs) for _ in range(count))
    total = sum(blob.size for blob in blobs)
    death = None
    if mood is not Mood.CALM and random.random() < 0.35:
        death = random.choice(tuple(Death))
    return Wave(
        readers,
        death,
        dies_at=random.randint(0, total),
        restart_after=death is None and random.random() < 0.2,
    )


def plan_reader(random: Random, mood: Mood, blobs: tuple[BlobPlan, ...]) -> ReaderPlan:
    number = random.randrange(len(blobs))
    size = blobs[number].size
    method = "HEAD" if random.random() < 0.08 else "GET"
    wanted = plan_range(random, size, mood is Mood.CALM) if random.random() < 0.6 else None
    # "bytes=N-" is what readers ask that close early, as containerd does.
    is_leaving = random.random() < (0.6 if wanted and wanted.endswith("-") else 0.2)
    is_slow = random.random() < 0.25
    return ReaderPlan(
        number,
        method,
        wanted,
        leave_after=random.randint(0, size) if is_leaving and mood is not Mood.CALM else None,
        resets=random.random() < 0.5,
        receive_buffer=random.choice((32, 64)) * KIB if is_slow else None,
        sips=random.randint(1, 100) if is_slow else 0,
        begins_at=random.choice((0, 0, random.randint(0, max(size, 1)))),
    )


def plan_range(random: Random, size: int, to_chunks: bool) -> str:
    """A Range header. `to_chunks`: every range ends where a chunk or the blob ends, so that what is
    fetched is exactly what readers wait for.
    """

    def last(first: int) -> int:
        end = random.randint(first + 1, size)
        return min(size, -(-end // CHUNK) * CHUNK if to_chunks else end) - 1

    if size == 0:
        return random.choice(("bytes=0-", "bytes=0-10", "bytes=-5"))
    first = random.randrange(size)
    shapes = [f"bytes={first}-{last(first)}", f"bytes={first}-", f"bytes=-{size - first}"]
    if size >= 8 * CHUNK:
        shapes.append(plan_ranges(random, size, last))
    shapes += [f"bytes={size}-"] if random.random() < 0.1 else []
    return random.choice(shapes)


def plan_ranges(random: Random, size: int, last: Callable[[int], int]) -> str:
    """Two to five ranges that do not overlap, not always in order."""
    borders = sorted(random.sample(range(size // CHUNK), 2 * random.randint(2, 4)))
    parts = [
        f"{first * CHUNK}-{end * CHUNK - 1}" for first, end in zip(borders[::2], borders[1::2])
    ]
    first = borders[-1] * CHUNK + random.randrange(CHUNK)
    parts.append(f"{first}-{last(first)}")
    if random.random() < 0.3:
        random.shuffle(parts)
    return "bytes=" + ",".join(parts)


def described(plan: RoundPlan) -> str:
    """The plan as lines, for whoever looks at a failure."""
    blobs = [f"{blob.size} bytes: {blob}" for blob in plan.blobs]
    waves = [
        "\n  ".join([f"wave: {wave.death} at {wave.dies_at}", *map(str, wave.readers)])
        for wave in plan.waves
    ]
    settings = f"{plan.settings} {plan.upstream_settings}"
    return "\n".join([f"{plan.mood.value}: {settings}", *blobs, *waves])
