"""The tables of faults in tests/README.md: which tests they name, and which tests there are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

COLUMNS = 5  # fault, client, stored, metric, test
NAMED = re.compile(r"`([^`]+)`")
TEST_CASE = re.compile(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)')
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"')


def rows(text: str) -> list[list[str]]:
    """The cells of every row, without the heads of the tables."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "fault" and not set(row[0]) <= {"-"}]


def tests_named(row: list[str]) -> list[str]:
    return NAMED.findall(row[-1])


def collected(root: Path, files: list[str]) -> set[str]:
    """The ids of the pytest tests of these files below tests/integration, as "file.py::name[…]"."""
    listed = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
        + ["-p", "support.fixtures", *(f"tests/integration/{name}" for name in files)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "tests")},
        check=True,
        capture_output=True,
        text=True,
    )
    return set(re.findall(r"^\S*?(test_\w+\.py::.+)$", listed.stdout, re.MULTILINE))


def unit_tests(path: Path) -> set[str]:
    """The names of a file's doctest cases, pieces of one string put together."""
    found = TEST_CASE.findall(path.read_text("utf-8"))
    return {"".join(PIECE.findall(pieces)) for pieces in found}


def run_by_ci(root: Path) -> set[str]:
    """The files below tests/integration that ctest knows."""
    words = re.findall(r"\w+", (root / "tests/CMakeLists.txt").read_text("utf-8"))
    known = {f"test_{word}.py" for word in words}
    return {path.name for path in (root / "tests/integration").glob("test_*.py")} & known
