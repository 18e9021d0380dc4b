"""./dev soak DURATION: every kind of client at once, an upstream that fails, a store that is always
full, and a process that dies again and again; at the end every byte is compared and everything
counted. It fails if anything is off, or if the store was not as full as it should be.
LONGSHORE_SOAK_SEED plays a run again (its plan; not its timing).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom
from statistics import median

from model.plan import Death
from model.reader import End
from model.wire import Wire
from soak.crowd import PATIENCE_S, Crowd
from soak.life import (
    Watch,
    count_sockets,
    leaked_descriptors,
    leaked_files,
    until_idle,
    used_share,
    wait,
)
from soak.memory import Memory
from soak.plan import BUDGET_MIB, IMAGE_LAYERS, TOTAL, LifePlan, plan_blobs, plan_lives
from soak.stored import broken, disk_usage
from support.longshore import Longshore
from support.payload import MIB, payload

READERS = 6
BUDGET = BUDGET_MIB * MIB
LAST_LIFE = 0.4  # of the time: long enough to see whether memory grows
LIVES_S = (4.0, 30.0)
FAULTS, CORRUPT = 0.08, 0.05
PRESSURE = 0.95  # of the budget: at least so much is used, in the median
MOST_OVER = 1.01
HEALINGS = 5  # what a lying upstream left is thrown away once for each fetch that resumes on it
# Twice what was committed to the index since it was last measured, and what that takes to a file.
MOST_UNACCOUNTED = 16 * MIB


class Soak:
    def __init__(self, seed: int, seconds: float, folder: Path, servers: ExitStack) -> None:
        self.random = Random(seed)
        self.seconds = seconds
        self.blobs = plan_blobs(self.random, TOTAL, FAULTS, CORRUPT)
        self.wire = Wire(self.blobs, servers)
        self.images = {
            f"v{n}": self.wire.repository.add_image(payload(size, 50 + n), f"v{n}")
            for n, size in enumerate(IMAGE_LAYERS)
        }
        self.longshore = Longshore(
            folder,
            {"docker.io": self.wire.url},
            cache={"size": f"{BUDGET_MIB}MiB", "scrub": "60s", "verify_first_read": "on"},
            log={"level": "warn", "format": "json"},
            tag_ttl="5s",
        )
        servers.callback(self.longshore.stop)
        self.crowd = Crowd(self.longshore, self.blobs, self.random)
        self.folder = folder
        self.deaths = {death: 0 for death in Death}
        self.problems: list[str] = []

    def run(self) -> None:
        self.longshore.start()
        self._fill()
        watch = Watch(self.longshore)
        self.crowd.readers(READERS)
        self.crowd.pullers(self.images)
        self.crowd.skopeo(self.images, self.folder / "skopeo")
        for life in plan_lives(self.random, self.seconds * (1 - LAST_LIFE), *LIVES_S):
            wait(life.seconds)
            self._die(life)
            self.longshore.start()
            watch.born()
        wait(self.seconds * LAST_LIFE)
        self.crowd.stop()
        watch.stop()
        until_idle(self.longshore)
        self.watch = watch
        self.memory = Memory(watch.memory)
        self._compare()
        self._count()
        self._judge()

    def _fill(self) -> None:
        """The soak begins with a full store."""
        for number in range(len(self.blobs)):
            if used_share(self.longshore.metrics()) >= PRESSURE:
                return
            self.crowd.read(number)
        self.problems.append("all blobs together do not fill the store")

    def _die(self, life: LifePlan) -> None:
        self.deaths[life.death] += 1
        if life.death is Death.KILL:
            self.longshore.kill()
            self.problems += broken(self.longshore.cache)
            return
        process = self.longshore.process
        process.signal(signal.SIGTERM)
        status = process.exit_status(PATIENCE_S)
        if status != 0:
            self.problems.append(f"exit status {status} after SIGTERM")
        self.longshore.stop()

    def _compare(self) -> None:
        """The upstream is well: whoever asks for a whole blob gets it, twice."""
        self.wire.heal()
        for number, blob in enumerate(self.blobs):
            ends = []
            for _ in range(HEALINGS):
                ends.append(self.crowd.read(number).end)
                if ends[-1] is End.COMPLETE:
                    break
            if ends[-1] is not End.COMPLETE:
                self.problems.append(f"{blob.digest} does not come whole: {ends}")
        self.problems += self.crowd.wrong

    def _count(self) -> None:
        until_idle(self.longshore)
        metrics = self.longshore.metrics()
        used = metrics.total("longshore_storage_used_bytes")
        self.unaccounted = disk_usage(self.longshore.cache) - used
        self.rotten = metrics.total("longshore_scrub_corrupt_blobs_total")
        self.lost_descriptors = leaked_descriptors(self.longshore, self._sockets())
        self.lost_files = leaked_files(self.longshore)
        self.longshore.stop()
        self.problems += broken(self.longshore.cache)

    def _judge(self) -> None:
        self.problems += [f"a descriptor leaked: {link}" for link in self.lost_descriptors]
        self.problems += [f"a file leaked: {file}" for file in self.lost_files]
        self.problems += self.watch.failed
        if not -MOST_UNACCOUNTED <= self.unaccounted <= MIB:
            self.problems.append(f"{self.unaccounted:.0f} bytes on disk that nobody counted")
        if not self.memory.is_flat:
            self.problems.append(f"memory: {self.memory}")
        over = [disk for disk in self.watch.disk if disk > BUDGET * MOST_OVER]
        if over:
            self.problems.append(f"over the budget {len(over)} times, {max(over)} bytes at most")
        if median(self.watch.used or [0]) < PRESSURE:
            self.problems.append(f"the store was not full: {spread(self.watch.used)}")
        if self.rotten:
            self.problems.append(f"{self.rotten:.0f} stored blobs were wrong")
        if not all(self.deaths.values()) or not self.wire.faults:
            self.problems.append("it did not die in every way, or the upstream never failed")

    def _sockets(self) -> int:
        """What a process at its birth has: its listeners and its loops' own."""
        with ExitStack() as servers:
            fresh = Longshore(self.folder / "fresh", {"docker.io": self.wire.url})
            servers.callback(fresh.stop)
            fresh.start()
            until_idle(fresh)
            return count_sockets(fresh)

    def table(self) -> str:
        deaths, disk = self.deaths, [taken / BUDGET for taken in self.watch.disk]
        rows = {
            "blobs, bytes": f"{len(self.blobs)}, {sum(b.size for b in self.blobs) // MIB} MiB",
            "budget": f"{BUDGET_MIB} MiB",
            "used / budget": spread(self.watch.used),
            "on disk / budget": spread(disk),
            "kill -9, SIGTERM, starts": f"{deaths[Death.KILL]}, {deaths[Death.STOP]}, "
            f"{sum(deaths.values()) + 1}",
            "upstream faults": self.wire.faults,
            "answers": ", ".join(f"{n} {end}" for end, n in sorted(self.crowd.ends.items())),
            "bytes compared": f"{self.crowd.compared} ({self.crowd.compared / (1 << 30):.1f} GiB)",
            "wrong answers, wrong files": f"{len(self.crowd.wrong)}, {self.rotten:.0f}",
            "files leaked": len(self.lost_files),
            "on disk - counted, at rest": f"{self.unaccounted / MIB:.2f} MiB",
            "descriptors leaked, most open": f"{len(self.lost_descriptors)}, {self.watch.most_fds}",
            "memory of the last life": self.memory,
            **self.memory.table(),
        }
        width = max(map(len, rows))
        return "\n".join(f"{name:{width}}  {value}" for name, value in rows.items())


def spread(shares: list[float]) -> str:
    if not shares:
        return "no sample"
    values = (min(shares), median(shares), max(shares))
    return "min {:.4f}, median {:.4f}, max {:.4f}".format(*values) + f" of {len(shares)} samples"


def seconds_of(text: str) -> float:
    match = re.fullmatch(r"(\d+)(s|m|h)", text)
    if match is None:
        raise SystemExit(f"soak: a duration such as 20m, not {text!r}")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def main(arguments: list[str]) -> int:
    seconds = seconds_of(arguments[0] if arguments else "20m")
    seed = int(os.environ.get("LONGSHORE_SOAK_SEED") or SystemRandom().randrange(1 << 31))
    print(f"LONGSHORE_SOAK_SEED={seed}, {seconds:.0f} s", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="longshore-soak-"))
    begun = time.monotonic()
    with ExitStack() as servers:
        soak = Soak(seed, seconds, folder, servers)
        soak.run()
        print(soak.table())
    for problem in soak.problems:
        print(f"PROBLEM: {problem}")
    print(f"{'FAILED' if soak.problems else 'passed'} after {time.monotonic() - begun:.0f} s")
    if soak.problems:
        print(f"the log is {soak.longshore.log_path}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    threading.excepthook = lambda arguments: print(arguments, file=sys.stderr)
    sys.exit(main(sys.argv[1:]))
