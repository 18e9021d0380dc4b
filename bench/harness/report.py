"""Results as a Markdown table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.results import Metric, Results, Target, show


def ratio(results: Results, peer: str, metric: Metric) -> str:
    ours, theirs = results.ours(metric.name), results.median(peer, metric.name)
    if peer == results.base or not metric.is_compared or not ours or theirs is None:
        return ""
    ahead = ours / theirs if metric.more_is_better and theirs else theirs / ours
    return f" = {ahead:.2f}×"


def cell(results: Results, peer: str, metric: Metric) -> str:
    values = results.values(peer, metric.name)
    if not values:
        return "–"
    text = show(results.median(peer, metric.name), metric.digits)
    if min(values) != max(values):
        text += f" ({show(min(values), metric.digits)}–{show(max(values), metric.digits)})"
    return text + ratio(results, peer, metric)


def rows(results: Results, metrics: Sequence[Metric]) -> list[list[str]]:
    table = [["", *(metric.name for metric in metrics)]]
    for peer in results.runs:
        table.append([peer, *(cell(results, peer, metric) for metric in metrics)])
    return table


def markdown(table: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in table
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def verdict(target: Target) -> str:
    return f"- {'reached' if target.is_reached else 'NOT reached'}: {target.text}: {target.seen}"


def as_text(
    title: str, results: Results, metrics: Sequence[Metric], targets: Sequence[Target]
) -> str:
    failures = [
        f"- {peer}: {len(said)} run(s) failed; the first: {said[0]}"
        for peer, said in results.failures.items()
    ]
    parts = [title, "", markdown(rows(results, metrics)), "", *failures, *map(verdict, targets)]
    return "\n".join(parts)


def as_json(
    name: str,
    machine: dict[str, object],
    results: Results,
    metrics: Sequence[Metric],
    targets: Sequence[Target],
) -> dict[str, Any]:
    def series(peer: str, metric: Metric) -> dict[str, Any]:
        values = results.values(peer, metric.name)
        return {
            "median": results.median(peer, metric.name),
            "min": min(values, default=None),
            "max": max(values, default=None),
            "runs": values,
        }

    return {
        "scenario": name,
        "machine": machine,
        "results": {
            peer: {metric.name: series(peer, metric) for metric in metrics} for peer in results.runs
        },
        "failures": results.failures,
        "targets": [target._asdict() for target in targets],
    }
