"""The C++ programs of bench/ as Python sees them: built on demand, started, asked."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from harness import cores
from harness.machine import ROOT
from support.commands import run
from support.http_client import connect, read_all
from support.ports import answers, free_port
from support.process import Process
from support.wait import until

BUILD = ROOT / "build/release"
# Already built elsewhere, when this says so.
FOLDER = Path(os.environ.get("LONGSHORE_BENCH_PROGRAMS", BUILD)).resolve()
PROGRAMS = ("bench_relay", "bench_discard", "bench_requests", "bench_sendfile", "bench_index")
QUIET_S = 0.5
# A link does not wait for the machines it connects.
LINK_FIRST = ("nice", "-n", "-10")


def build() -> None:
    if "LONGSHORE_BENCH_PROGRAMS" not in os.environ:
        subprocess.run(
            ["cmake", "--build", str(BUILD), "--target", *PROGRAMS],
            check=True,
            stdout=subprocess.DEVNULL,
        )


class Traffic(NamedTuple):
    """What went over a relay so far, heads included. `to_client` counts what the client's side has
    acknowledged."""

    connections: int
    open: int
    cuts: int
    to_client: int
    to_target: int


class Relay:
    """Between a cache and its upstream. Runs until `stop`."""

    def __init__(
        self,
        folder: Path,
        target_port: int,
        delay_ms: float = 0,
        rate: float = 0,
        cut_every: int = 0,
    ) -> None:
        self.port = free_port()
        self._stats_port = free_port()
        ports = [self.port, target_port, self._stats_port]
        shape = ["--delay-ms", delay_ms, "--rate", rate, "--cut-every", cut_every]
        with cores.born_on(cores.LAST):
            self._process = Process(
                [*LINK_FIRST, FOLDER / "bench_relay", *map(str, [*ports, *shape])],
                folder / f"relay-{self.port}.log",
            )
        self._process.ready(lambda: answers(self._stats_port), "the relay listens")

    def stop(self) -> None:
        self._process.stop()

    def traffic(self) -> Traffic:
        with connect(self._stats_port) as sock:
            return Traffic(**json.loads(read_all(sock)))

    def quiet_traffic(self) -> Traffic:
        """Once nothing has moved for a moment."""
        seen = self.traffic()
        since = time.monotonic()

        def quiet() -> bool:
            nonlocal seen, since
            now = self.traffic()
            if now.to_client != seen.to_client or now.connections != seen.connections:
                seen, since = now, time.monotonic()
            return time.monotonic() - since > QUIET_S

        until(quiet, "nothing moves over the relay", 120)
        return seen


class Download(NamedTuple):
    """What bench_discard prints."""

    connections: int
    right: int  # bodies in full, with the right digest where one was asked for
    failed: int
    status: int  # of the first connection
    seconds: float  # until the last body was there
    bytes: int
    bytes_min: int  # of one connection
    bytes_p50: int
    bytes_max: int
    fairness: float  # Jain's index of the bytes of each connection
    first_byte_ms_p50: float  # of the bodies
    first_byte_ms_p99: float
    cpu_seconds: float

    def check(self) -> Download:
        assert self.right == self.connections, f"not every client got its bytes: {self}"
        return self


def say(program: str, *words: Any, timeout: float) -> dict[str, Any]:
    """What one of the programs that print JSON has to say."""
    said: dict[str, Any] = json.loads(run([FOLDER / program, *map(str, words)], timeout=timeout))
    return said


def words(options: dict[str, Any]) -> list[str]:
    return [
        word
        for name, value in options.items()
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]


def discard(port: int, path: str, **options: Any) -> Download:
    """GETs. `options` as on bench_discard's command line, without the dashes."""
    with cores.born_on(cores.LAST):
        said = run([FOLDER / "bench_discard", str(port), path, *words(options)], timeout=900)
    return Download(**json.loads(said))


class Answers(NamedTuple):
    """What bench_requests prints."""

    answered: int
    wrong: int
    lost: int  # connections
    seconds: float
    ms_p50: float
    ms_p99: float
    ms_p999: float
    ms_max: float
    cpu_seconds: float

    def check(self) -> Answers:
        assert self.wrong == 0 and self.lost == 0, f"not every request was answered: {self}"
        return self


def ask(port: int, path: str, before: Sequence[str] = (), **options: Any) -> Answers:
    """Small requests. `before` is what the command begins with, `options` as on bench_requests' command
    line, without the dashes."""
    with cores.born_on(cores.LAST):
        argv = [*before, FOLDER / "bench_requests", str(port), path, *words(options)]
        said = run(argv, timeout=float(options["seconds"]) + 60)
    return Answers(**json.loads(said))
