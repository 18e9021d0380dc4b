"""A small registry client: the paths of the distribution API, asked of one port."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from support import oci
from support.http_client import Response, request

ACCEPT = ", ".join((oci.INDEX, oci.MANIFEST, oci.DOCKER_MANIFEST))


class RegistryClient:
    """`ns` goes into every request's query, `host` into its Host header."""

    def __init__(self, port: int, ns: str | None = None, host: str | None = None) -> None:
        self.port = port
        self._ns = ns
        self._host = host

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Response:
        """`path` is below /v2/."""
        parameters = {**(query or {}), **({"ns": self._ns} if self._ns else {})}
        target = f"/v2/{path}" + (f"?{urlencode(parameters, safe=':/')}" if parameters else "")
        return request(
            self.port,
            method,
            target,
            {**({"Host": self._host} if self._host else {}), **(headers or {})},
        )

    def manifest(self, repository: str, reference: str, method: str = "GET") -> Response:
        return self.ask(method, f"{repository}/manifests/{reference}", {"Accept": ACCEPT})

    def blob(
        self,
        repository: str,
        digest: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Response:
        return self.ask(method, f"{repository}/blobs/{digest}", headers)

    def tags(self, repository: str, **query: str) -> Response:
        return self.ask("GET", f"{repository}/tags/list", query=query)

    def referrers(self, repository: str, digest: str, **query: str) -> Response:
        return self.ask("GET", f"{repository}/referrers/{digest}", query=query)
