"""nginx with sendfile over the same paths as plain files: not a cache, the floor of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from peers.nginx import Nginx


class NginxStatic(Nginx):
    name = "nginx static"

    def location(self) -> str:
        return f"""\
      root {self.folder}/static;
      default_type application/octet-stream;
      open_file_cache max=1000 inactive=60s;
"""

    def put(self, path: str, source: Path) -> None:
        """Serves a copy of the file at the path; any time."""
        target = self.folder / "static" / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())

    def argv(self) -> Sequence[str | Path]:
        (self.folder / "static").mkdir()
        return super().argv()
