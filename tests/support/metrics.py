"""A scrape of /metrics, asked by metric name and labels."""

from __future__ import annotations

import re
from typing import NamedTuple

SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
SERIES_SUFFIX = re.compile(r"_(bucket|sum|count)$")


class Sample(NamedTuple):
    name: str
    labels: dict[str, str]
    value: float


class Metrics:
    def __init__(self, text: str) -> None:
        self.text = text
        self.samples = [sample for line in text.splitlines() if (sample := parse_sample(line))]
        self.types = dict(
            line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE ")
        )

    def total(self, name: str, **labels: str) -> float:
        """The sum of the samples that carry these labels; 0 when there is none."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def families(self) -> set[str]:
        """The metrics' names, a histogram counted once."""
        return set(self.types)


def parse_sample(line: str) -> Sample | None:
    match = SAMPLE.match(line)
    if line.startswith("#") or match is None:
        return None
    return Sample(match[1], dict(LABEL.findall(match[2] or "")), float(match[3]))
