"""The topics of the log: those that the source writes, and those that docs/logs.md explains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from checks import Finding, is_cxx, is_test

PAGE = "docs/logs.md"
FOLDERS = ("cache/", "metrics/", "proxy/", "setup/")
# log::Warn("topic", …), and what takes a level first: Write(level, "topic", …).
WRITTEN = re.compile(r'\blog::(?:Debug|Info|Warn|Error)\(\s*"(\w+)"|\b(?:level|Level::k\w+),\s*"(\w+)"')
TABLE = re.compile(r"^## Topics\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")


def written(root: Path, paths: Iterable[str]) -> dict[str, Finding]:
    """Each topic of the source, and where it is written first."""
    found: dict[str, Finding] = {}
    for path in paths:
        if not is_cxx(path) or is_test(path) or not path.startswith(FOLDERS):
            continue
        text = (root / path).read_text("utf-8")
        for call in WRITTEN.finditer(text):
            topic = call[1] or call[2]
            line = text.count("\n", 0, call.end()) + 1
            found.setdefault(topic, Finding(path, line, f"{PAGE} does not explain the topic {topic}"))
    return found


def explained(page: str) -> set[str]:
    table = TABLE.search(page)
    return {name for row in ROW.findall(table[1] if table else "") for name in NAME.findall(row)}


def check(root: Path, paths: Iterable[str]) -> Iterator[Finding]:
    """A tree without a log has none to explain."""
    source = written(root, paths)
    page = (root / PAGE).read_text("utf-8") if source or (root / PAGE).exists() else ""
    known = explained(page)
    yield from (finding for topic, finding in source.items() if topic not in known)
    for topic in sorted(known - source.keys()):
        line = page[: page.index(f"`{topic}`", page.index("## Topics"))].count("\n") + 1
        yield Finding(PAGE, line, f"nothing writes the topic {topic}")
