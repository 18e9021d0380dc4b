"""Waiting for a condition, with a deadline. The only place of the tests that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_S = 0.02
# What does not come within this hangs; a machine that is busy with other things is no reason.
PATIENCE_S = 60.0
# Where processors are taken by others, it is asked seldom, and what is waited for comes as slowly.
MIN_QUESTIONS = 100


class DeadlineError(AssertionError):
    """What was waited for did not come."""


def until(condition: Callable[[], T | None], what: str, seconds: float = PATIENCE_S) -> T:
    """Asks again and again until the answer is truthy, and returns it. The last question is asked
    after the deadline: a process that was paused meanwhile has not missed what came in time."""
    deadline = time.monotonic() + seconds
    asked = 0
    while True:
        asked += 1
        is_last = time.monotonic() >= deadline and asked >= MIN_QUESTIONS
        answer = condition()
        if answer:
            return answer
        if is_last:
            raise DeadlineError(f"not within {seconds:g} s: {what}")
        time.sleep(PAUSE_S)


def hold(condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Asserts that a condition stays true for a while: for what must *not* happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"did not hold for {seconds:g} s: {what}"
        time.sleep(PAUSE_S)
