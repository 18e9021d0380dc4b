"""A client at C speed: curl into openssl (a process group of their own), so that twenty of them
leave the processor to the proxy.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from support.process import SEALED_OFF

SCRIPT = (
    'set -o pipefail; curl -sS --fail --max-time 120 -D "$1" "${@:2}" | openssl dgst -sha256 -r'
)


class Download:
    """Begins at construction. `heads` is where curl writes the response's head as soon as it has
    it; `byte_range` is FIRST-LAST, `source` the address it comes from."""

    def __init__(
        self, url: str, heads: Path, byte_range: str | None = None, source: str = "127.0.0.1"
    ) -> None:
        self._heads = heads
        options = ["--interface", source]
        if byte_range:
            options += ["--range", byte_range]
        self._popen = subprocess.Popen(
            [
                "setpriv",
                "--pdeathsig",
                "KILL",
                "bash",
                "-c",
                SCRIPT,
                "download",
                heads,
                *options,
                url,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **SEALED_OFF},
            start_new_session=True,
        )

    def has_begun(self) -> bool:
        return self._heads.exists() and self._heads.stat().st_size > 0

    def digest(self) -> str | None:
        """Waits for the end. None when the body did not come in full, or no body came."""
        output, _ = self._popen.communicate(timeout=150)
        return f"sha256:{output.split()[0]}" if self._popen.returncode == 0 else None

    def leave(self) -> None:
        """The client goes away in mid-download."""
        os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.communicate(timeout=20)
