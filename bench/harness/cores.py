"""Which core a program runs on. A process and its threads keep what they were born with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

ALL = sorted(os.sched_getaffinity(0))
LAST = {ALL[-1]}  # where upstreams and clients go
FIRST = {ALL[0]}  # where a server goes that has one core


@contextmanager
def born_on(cores: set[int]) -> Iterator[None]:
    """What is started inside runs on these cores."""
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, set(ALL))
