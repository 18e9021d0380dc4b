"""Whether memory stays as it is, from the samples of one life, and what it is made of."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import NamedTuple

from support.metrics import Metrics
from support.payload import MIB

TENTHS = 10
MOST_GROWTH = 1.15
STATUS = re.compile(r"^(VmRSS|RssAnon|RssFile):\s+(\d+) kB$", re.MULTILINE)


class Sample(NamedTuple):
    """In bytes: what the kernel says is in RAM, and what of it the process itself can name."""

    resident: float
    anonymous: float
    files: float
    heap_used: float
    heap_free: float
    block_cache: float
    write_buffers: float
    table_readers: float
    reserved: float

    @classmethod
    def take(cls, pid: int, metrics: Metrics) -> Sample:
        kernel = dict(STATUS.findall(Path(f"/proc/{pid}/status").read_text()))
        heap, index = "longshore_process_heap_bytes", "longshore_index_memory_bytes"
        return cls(
            *(int(kernel[name]) * 1024 for name in ("VmRSS", "RssAnon", "RssFile")),
            *(metrics.total(heap, state=state) for state in ("used", "free")),
            *(
                metrics.total(index, part=part)
                for part in ("block_cache", "write_buffers", "table_readers")
            ),
            metrics.total("longshore_reserved_memory_bytes"),
        )


class Memory:
    """`begun`, `middle` and `end` are medians of a tenth of the samples each. The first tenth is
    when everything is used for the first time, so it is the second that counts as the beginning."""

    def __init__(self, samples: list[Sample]) -> None:
        self.most = max((sample.resident for sample in samples), default=0)
        self.parts = {
            name: [tenth([getattr(sample, name) for sample in samples], at) for at in range(TENTHS)]
            for name in Sample._fields
        }
        resident = self.parts["resident"]
        self.begun, self.middle, self.end = resident[1], resident[5], resident[TENTHS - 1]

    @property
    def growth(self) -> float:
        return self.end / self.begun if self.begun else 0.0

    @property
    def is_flat(self) -> bool:
        return 0 < self.growth <= MOST_GROWTH

    def __str__(self) -> str:
        parts = ", ".join(f"{part / MIB:.1f}" for part in (self.begun, self.middle, self.end))
        verdict = "flat" if self.is_flat else f"NOT FLAT, more than {MOST_GROWTH}"
        return f"{parts} MiB: {self.growth:.3f}, {verdict}; most {self.most / MIB:.1f} MiB"

    def table(self) -> dict[str, str]:
        """By part, in MiB, each tenth of the life."""
        return {
            f"  {name.replace('_', ' ')}": " ".join(f"{part / MIB:5.1f}" for part in parts)
            for name, parts in self.parts.items()
        }


def tenth(samples: list[float], number: int) -> int:
    size = len(samples) // TENTHS
    return int(median(samples[number * size : (number + 1) * size])) if size else 0
