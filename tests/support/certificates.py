"""A certificate authority of the test's own, and a server certificate for localhost from it."""

from __future__ import annotations

from pathlib import Path

from support.commands import run

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]


class Certificates:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.ca = folder / "ca.pem"
        self.server_certificate = folder / "server.pem"
        self.server_key = folder / "server.key"
        ca_key = folder / "ca.key"
        run(
            [
                "openssl",
                "req",
                "-x509",
                *NEW_KEY,
                "-subj",
                "/CN=tests",
                "-keyout",
                ca_key,
                "-out",
                self.ca,
            ]
        )
        run(
            [
                "openssl",
                "req",
                "-x509",
                *NEW_KEY,
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ]
            + [
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-CA",
                str(self.ca),
                "-CAkey",
                str(ca_key),
            ]
            + ["-keyout", str(self.server_key), "-out", str(self.server_certificate)]
        )
