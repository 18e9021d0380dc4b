"""One sendfile loop in C over one file: what the kernel costs, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from harness.programs import FOLDER
from peers.peer import ProgramPeer


class BareSendfile(ProgramPeer):
    name = "bare sendfile"
    content: ClassVar[Path]
    congestion: ClassVar[str] = ""  # the host's

    @classmethod
    def of(cls, content: Path, congestion: str = "") -> type[BareSendfile]:
        return type("Bare", (cls,), {"content": content, "congestion": congestion})

    def argv(self) -> Sequence[str | Path]:
        chosen = ["--congestion", self.congestion] if self.congestion else []
        return [FOLDER / "bench_sendfile", str(self.port), self.content, *chosen]
