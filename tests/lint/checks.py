"""Checks of one source file. Each takes the file's path from the root and its text, and yields
findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import NamedTuple

import rules

QUOTED_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
ANY_INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]')
UNFINISHED = re.compile(r"\bTO[D]O\b|\bFIX[M]E\b")
CXX_SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
KEEPS_ROOM = re.compile(r"^\s*(?:if \(.*\) )?[\w.\->]+ = std::string\(\);")
PYTHON_SLEEP = re.compile(r"\btime\.sleep\s*\(|\bfrom time import\b.*\bsleep\b")


class Finding(NamedTuple):
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def is_cxx(path: str) -> bool:
    return path.endswith((".cc", ".h"))


def is_test(path: str) -> bool:
    return path.startswith("tests/") or path.endswith("_test.cc")


def layer_of(path: str) -> str | None:
    """The layer that holds `path`: the longest prefix listed in the arrows."""
    held = [layer for layer in rules.ARROWS if path.startswith(layer + "/")]
    return max(held, key=len, default=None)


def may_include(path: str, target: str) -> bool:
    layer, target_layer = layer_of(path), layer_of(target)
    if layer is None or target_layer is None:
        return False
    if layer == target_layer or "*" in rules.ARROWS[layer] or target_layer in rules.ARROWS[layer]:
        return True
    if target in rules.VOCABULARY.get(layer, ()):
        return True
    return is_test(path) and target.startswith(rules.TEST_SUPPORT)


def layering(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        include = QUOTED_INCLUDE.match(line)
        if include is None:
            continue
        target = include[1]
        if layer_of(target) is None:
            yield Finding(path, number, f'"{target}" is not written from the root of the tree')
        elif not may_include(path, target):
            yield Finding(path, number, f'{layer_of(path)} may not include "{target}"')


def fences(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        include = ANY_INCLUDE.match(line)
        if include is None:
            continue
        for fence in rules.FENCES:
            inside = any(fnmatch(path, pattern) for pattern in fence.allowed)
            if re.match(fence.header, include[1]) and not inside:
                yield Finding(
                    path, number, f"<{include[1]}> belongs to {' or '.join(fence.allowed)}"
                )


def length(path: str, text: str) -> Iterator[Finding]:
    lines = text.count("\n")
    if lines > rules.MAX_LINES:
        yield Finding(
            path, lines, f"{lines} lines, more than {rules.MAX_LINES}: it holds a second idea"
        )


def unfinished(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield Finding(path, number, "an unfinished mark: finish it or file an issue")


def cxx_sleeps(path: str, text: str) -> Iterator[Finding]:
    if not is_test(path):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if CXX_SLEEP.search(line):
            yield Finding(path, number, "a test that sleeps: wait for the event instead")


def kept_room(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if KEEPS_ROOM.search(line):
            yield Finding(path, number, "frees nothing: clear() says so, GiveBack() frees")


def python_sleeps(path: str, text: str) -> Iterator[Finding]:
    if path == "tests/support/wait.py":
        return
    for number, line in enumerate(text.splitlines(), 1):
        if PYTHON_SLEEP.search(line):
            yield Finding(path, number, "a bare sleep: use support.wait.until")


def check(path: str, text: str) -> list[Finding]:
    """All findings about one file."""
    checks = [unfinished]
    if is_cxx(path):
        checks += [layering, fences, length, cxx_sleeps, kept_room]
    if path.endswith(".py"):
        checks += [length, python_sleeps]
    return [finding for one in checks for finding in one(path, text)]
