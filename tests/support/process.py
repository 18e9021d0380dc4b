"""One server process that a test owns: started with its output in a log file, stopped by its own
pid, never leaked.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from support.sanitizers import demand_silence
from support.wait import PATIENCE_S, until

STOP_TIMEOUT_S = PATIENCE_S

# Nothing a test starts may reach past this machine: whatever is not loopback goes to a proxy that
# is not there. Longshore does not look at these: its upstreams are the test's own. Names of .invalid (RFC 6761 §6.4) fail by themselves: tests use some that are too long
# for any resolver to be asked.
SEALED_OFF = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost,invalid",
    "no_proxy": "127.0.0.1,localhost,invalid",
}


class Process:
    """Starts at construction. The kernel ends it if the test's process dies first (pdeathsig)."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        log: Path,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.log_path = log
        self._log = log.open("ab")
        self._popen = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *map(str, argv)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **SEALED_OFF, **(env or {})},
            pass_fds=pass_fds,
        )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def is_running(self) -> bool:
        return self._popen.poll() is None

    def exit_status(self, seconds: float = STOP_TIMEOUT_S) -> int:
        """Waits for the end. Negative: the signal that ended it."""
        status = self._popen.wait(seconds)
        demand_silence(self.log_text())
        return status

    def ready(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
        """Waits for a condition; fails at once, with the log, if the process ends before."""
        until(lambda: not self.is_running() or condition(), what, seconds)
        assert self.is_running(), f"ended before this: {what}\n{self.log_text()}"

    def log_text(self) -> str:
        return self.log_path.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def kill(self) -> None:
        """kill -9, of one that lives."""
        assert self.is_running(), f"it has ended by itself\n{self.log_text()[-2000:]}"
        self._popen.kill()
        self._popen.wait(STOP_TIMEOUT_S)
        self._log.close()

    def stop(self) -> None:
        """Asks it to end, insists after a while. No error if it has ended already."""
        if self.is_running():
            self._popen.terminate()
            try:
                self._popen.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.wait(STOP_TIMEOUT_S)
        self._log.close()
