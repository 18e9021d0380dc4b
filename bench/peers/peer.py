"""A cache between clients and one upstream, as the scenarios see it."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from harness.process_tree import pids
from support.ports import answers, free_port
from support.process import Process


class Peer(ABC):
    """Construction only writes files below `folder`; what is cached stays there until the next
    start."""

    name: ClassVar[str]

    def __init__(self, folder: Path, upstream_port: int) -> None:
        self.folder = folder
        self.upstream_port = upstream_port
        self.port = free_port()
        self.log_path = folder / "access.log"  # of those that write one

    @abstractmethod
    def start(self) -> None:
        """Returns when it listens."""

    @abstractmethod
    def kill(self) -> None:
        """kill -9, children included. No error if it does not run."""

    @property
    @abstractmethod
    def pid(self) -> int:
        """The root of its process tree."""


class ProgramPeer(Peer):
    """A peer that is one command line. It gets a PID namespace of its own, so that its children
    never outlive it."""

    _process: Process | None = None

    @abstractmethod
    def argv(self) -> Sequence[str | Path]: ...

    def start(self) -> None:
        namespace = ["unshare", "--pid", "--fork", "--kill-child=KILL"]
        self._process = Process([*namespace, *self.argv()], self.folder / "peer.log")
        self._process.ready(lambda: answers(self.port), f"{self.name} listens")

    def kill(self) -> None:
        if self._process is None:
            return
        for init in pids(self._process.pid)[1:2]:
            os.kill(init, signal.SIGKILL)  # the first of a PID namespace takes all others with it
        self._process.exit_status()
        self._process.stop()
        self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} is stopped"
        return self._process.pid
