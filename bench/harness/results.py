"""Measured values: per peer and metric, one of each run."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

Run = dict[str, float]  # metric → value
OURS = "longshore"


class Metric(NamedTuple):
    name: str  # with its unit: "wall s"
    digits: int = 2
    is_compared: bool = True  # the ratio to each peer is shown
    more_is_better: bool = False


class Target(NamedTuple):
    text: str
    is_reached: bool
    seen: str


@dataclass
class Results:
    """`runs` by peer; `failures` holds what a run of a peer died of; `base` is who the others are
    compared with."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)
    base: str = OURS

    def values(self, peer: str, metric: str) -> list[float]:
        return [run[metric] for run in self.runs.get(peer, []) if metric in run]

    def median(self, peer: str, metric: str) -> float | None:
        values = self.values(peer, metric)
        return statistics.median(values) if values else None

    def ours(self, metric: str) -> float | None:
        return self.median(self.base, metric)

    def best(
        self, metric: str, peers: Iterable[str], more_is_better: bool = False
    ) -> tuple[float, str] | None:
        """The best median among these peers, and whose it is."""
        found = [
            (value, peer) for peer in peers if (value := self.median(peer, metric)) is not None
        ]
        return (max if more_is_better else min)(found, default=None)


def show(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def at_most(
    results: Results, metric: str, bound: float | None, text: str, digits: int = 2
) -> Target:
    """Our median against a bound. Not reached when either is unknown, or a run of ours failed."""
    ours = results.ours(metric)
    is_within = ours is not None and bound is not None and ours <= bound
    is_reached = is_within and not results.failures.get(OURS)
    return Target(text, is_reached, f"{show(ours, digits)}, bound {show(bound, digits)}")


def at_least(
    results: Results, metric: str, bound: float | None, text: str, digits: int = 2
) -> Target:
    """The same where more is better."""
    ours = results.ours(metric)
    is_within = ours is not None and bound is not None and ours >= bound
    is_reached = is_within and not results.failures.get(OURS)
    return Target(text, is_reached, f"{show(ours, digits)}, bound {show(bound, digits)}")


def at_least_times_best(
    results: Results, metric: str, peers: Iterable[str], factor: float, digits: int = 0
) -> Target:
    best = results.best(metric, peers, more_is_better=True)
    whose = f" ({best[1]})" if best else ""
    bound = best[0] * factor if best else None
    text = f"{metric}: at least {factor:g} × the best of these peers{whose}"
    return at_least(results, metric, bound, text, digits)


def in_every_run(results: Results, metric: str, bound: float, text: str, digits: int = 2) -> Target:
    """No run of ours is above the bound: for counts, which noise does not excuse."""
    values = results.values(OURS, metric)
    is_reached = bool(values) and max(values) <= bound and not results.failures.get(OURS)
    worst = show(max(values, default=None), digits)
    return Target(text, is_reached, f"worst {worst}, bound {show(bound, digits)}")


def no_worse_than_best(
    results: Results, metric: str, peers: Iterable[str], more: float = 0, digits: int = 2
) -> Target:
    best = results.best(metric, peers)
    extra = f" + {more:g}" if more else ""
    whose = f" ({best[1]})" if best else ""
    bound = best[0] + more if best else None
    return at_most(
        results, metric, bound, f"{metric}: at most the best peer's{extra}{whose}", digits
    )
