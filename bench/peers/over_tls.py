"""The same servers behind TLS, with a certificate of the folder's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peers.longshore import LongshorePeer
from peers.nginx import Nginx
from support.certificates import Certificates


class LongshoreTls(LongshorePeer):
    def listener(self) -> dict[str, Any]:
        files = Certificates(self.folder / "certificates")
        return {
            "tls": {
                "certificate_file": str(files.server_certificate),
                "key_file": str(files.server_key),
            }
        }


class NginxTls(Nginx):
    def __init__(self, folder: Path, upstream_port: int) -> None:
        super().__init__(folder, upstream_port)
        files = Certificates(folder / "certificates")
        self.tls = (
            " ssl;\n"
            f"    ssl_certificate {files.server_certificate};\n"
            f"    ssl_certificate_key {files.server_key};\n"
            "    ssl_session_cache shared:tls:1m"
        )
