"""Running a client program to its end, with a deadline and an error that shows what it said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.process import SEALED_OFF


class CommandError(AssertionError):
    """A program ended with a status other than 0."""


def run(
    argv: Sequence[str | Path],
    timeout: float = 180.0,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Returns standard output."""
    done = subprocess.run(
        [str(part) for part in argv],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        env={**os.environ, **SEALED_OFF, **(env or {})},
        cwd=cwd,
    )
    if done.returncode != 0:
        words = " ".join(map(str, argv))
        raise CommandError(f"{words}\nexit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout
