"""The pages for users, and what stands in their fences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(?P<language>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = "sh"
# What the other fences may hold, and whether a test reads it (see test_pages.py).
LANGUAGES = {COMMANDS, "yaml", "json", "toml", "promql", "text", "logql", "sql"}


INLINE = re.compile(r"`(longshore [^`\n]+)`")


class Fence(NamedTuple):
    page: str  # its path from the root
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    found = [ROOT / "README.md", ROOT / "deploy/README.md", *ROOT.glob("docs/*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def fences_of(page: str, text: str) -> Iterator[Fence]:
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Fence(page, line, found["language"], found["text"])


def inline_commands(page: str) -> list[list[str]]:
    """What prose and tables say of `longshore`, word by word."""
    prose = FENCE.sub("", (ROOT / page).read_text("utf-8"))
    return [found.split() for found in INLINE.findall(prose)]


def fences(page: str) -> list[Fence]:
    return list(fences_of(page, (ROOT / page).read_text("utf-8")))
