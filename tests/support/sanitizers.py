"""What a sanitizer's binary says, whatever process it was and however it ended, fails the test that
started it. Reports go to files of their own, and at the test's end there must be none; but those of
UndefinedBehaviorSanitizer beside AddressSanitizer go to standard error whatever its options say, so
whoever has that looks there.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# The name of the preset whose binary is tested (tests/CMakeLists.txt), or nothing.
SANITIZER = os.environ.get("LONGSHORE_SANITIZER", "")
UNDEFINED = re.compile(r"^.*: runtime error: .*$", re.MULTILINE)
OPTIONS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS")


def not_sanitized(reason: str) -> pytest.MarkDecorator:
    """Marks a test that says nothing about a sanitizer's binary."""
    return pytest.mark.skipif(SANITIZER != "", reason=reason)


@contextmanager
def written_to(folder: Path) -> Iterator[None]:
    """Processes that are started meanwhile write their reports into the folder."""
    before = {name: os.environ.get(name) for name in OPTIONS}
    for name, value in before.items():
        os.environ[name] = ":".join(filter(None, (value, f"log_path={folder}/report")))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def reports(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in sorted(folder.iterdir()))


def demand_silence(said: str) -> None:
    """`said` is what a process wrote to standard error."""
    if SANITIZER:
        assert UNDEFINED.findall(said) == []


@pytest.fixture(autouse=True)
def no_reports() -> Iterator[None]:
    """Set up before all others, so that what they started has ended when this looks."""
    if not SANITIZER:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="longshore-reports-") as folder:
        with written_to(Path(folder)):
            yield
        assert reports(Path(folder)) == ""
