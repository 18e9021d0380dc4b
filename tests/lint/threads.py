"""Unit tests that start threads, and whether CI runs them with ThreadSanitizer."""

from __future__ import annotations

import re
from pathlib import Path

from checks import Finding

STARTS_ONE = re.compile(r"\bstd::j?thread\b")
# Their binaries run whole (tests/CMakeLists.txt: unit-tsan); of the others, what threads_test names.
WHOLE = ("cache/base/", "proxy/http/", "proxy/net/")


def check(root: Path, paths: list[str]) -> list[Finding]:
    listed = (root / "tests/CMakeLists.txt").read_text("utf-8").split()
    missing = [
        path
        for path in paths
        if path.endswith("_test.cc") and not path.startswith(WHOLE) and f"../{path}" not in listed
    ]
    return [
        Finding(path, 1, "it starts threads: add it to threads_test in tests/CMakeLists.txt")
        for path in missing
        if STARTS_ONE.search((root / path).read_text("utf-8"))
    ]
