"""A certificate authority of the test's own, and server certificates for localhost from it."""

from __future__ import annotations

from pathlib import Path

from support.commands import run

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Certificates:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.ca = folder / "ca.pem"
        self.server_certificate = folder / "server.pem"
        self.server_key = folder / "server.key"
        self._ca_key = folder / "ca.key"
        self._new(["-subj", "/CN=tests"], self._ca_key, self.ca, days=4)
        self.issue()

    def issue(self, days: int = 2) -> None:
        """A server certificate and key, in place of those that are there."""
        kind = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        kind += ["-addext", "basicConstraints=critical,CA:FALSE"]
        signer = ["-CA", str(self.ca), "-CAkey", str(self._ca_key)]
        self._new(kind + signer, self.server_key, self.server_certificate, days)

    @staticmethod
    def _new(kind: list[str], key: Path, certificate: Path, days: int) -> None:
        files = ["-keyout", str(key), "-out", str(certificate)]
        run(["openssl", "req", "-x509", *NEW_KEY, "-days", str(days), *kind, *files])
