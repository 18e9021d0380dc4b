"""A token endpoint: issues a fresh Bearer token at each request and remembers to whom and for
what.
"""

from __future__ import annotations

import base64
import itertools
import threading

from support import oci
from support.http_server import HttpServer, Reply, Request, reply


class TokenIssuer(HttpServer):
    """`credentials` ("user:password") are demanded by HTTP Basic when given."""

    def __init__(self, expires_in: int = 300, credentials: str | None = None) -> None:
        self._expires_in = expires_in
        self._credentials = credentials
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._valid: set[str] = set()
        super().__init__(self._issue)

    @property
    def realm(self) -> str:
        return f"{self.url}/token"

    def is_valid(self, token: str) -> bool:
        with self._lock:
            return token in self._valid

    def revoke_all(self) -> None:
        with self._lock:
            self._valid.clear()

    def _issue(self, request: Request) -> Reply:
        if self._credentials is not None and request.headers.get("authorization") != self._basic():
            return reply(401, b"{}", Content_Type="application/json")
        token = f"token-{next(self._numbers)}"
        with self._lock:
            self._valid.add(token)
        document = oci.encode({"token": token, "expires_in": self._expires_in})
        return reply(200, document, Content_Type="application/json")

    def _basic(self) -> str:
        assert self._credentials is not None
        return "Basic " + base64.b64encode(self._credentials.encode()).decode()
