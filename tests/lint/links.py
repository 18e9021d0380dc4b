"""The links between the pages of the tree: the file is there, and so is the heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checks import Finding

LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")


def blank(found: re.Match[str]) -> str:
    """As many lines, and nothing on them: code has no links."""
    return "\n" * found[0].count("\n")


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    without = re.sub(r"^```.*?^```", blank, text, flags=re.MULTILINE | re.DOTALL)
    return {slug(found[1]) for found in HEADING.finditer(without)}


def problem(root: Path, page: Path, target: str) -> str | None:
    name, _, anchor = target.partition("#")
    found = (page.parent / name).resolve() if name else page
    if not found.exists() or not found.is_relative_to(root):
        return f"the link {target} leads nowhere"
    if anchor and found.suffix == ".md" and anchor not in anchors(found.read_text("utf-8")):
        return f"the link {target} names a heading that is not there"
    return None


def check(root: Path, page: str) -> Iterator[Finding]:
    path = root / page
    text = CODE.sub(blank, path.read_text("utf-8"))
    for found in LINK.finditer(text):
        if found["target"].startswith(ELSEWHERE):
            continue
        wrong = problem(root, path, found["target"])
        if wrong is not None:
            yield Finding(page, text.count("\n", 0, found.start()) + 1, wrong)
