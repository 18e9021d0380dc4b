"""Whether memory stays as it is, from the samples of one life."""

from __future__ import annotations

from statistics import median

from support.payload import MIB

TENTHS = 10
MOST_GROWTH = 1.15


class Memory:
    """`begun`, `middle` and `end` are medians of a tenth of the samples each. The first tenth is
    when everything is used for the first time, so it is the second that counts as the beginning."""

    def __init__(self, rss: list[int]) -> None:
        self.most = max(rss, default=0)
        self.begun, self.middle, self.end = (tenth(rss, at) for at in (1, 5, TENTHS - 1))

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


def tenth(samples: list[int], number: int) -> int:
    size = len(samples) // TENTHS
    return int(median(samples[number * size : (number + 1) * size])) if size else 0
