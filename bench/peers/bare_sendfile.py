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

    @classmethod
    def of(cls, content: Path) -> type[BareSendfile]:
        return type("Bare", (cls,), {"content": content})

    def argv(self) -> Sequence[str | Path]:
        return [FOLDER / "bench_sendfile", str(self.port), self.content]
