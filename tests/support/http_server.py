"""A small threaded HTTP/1.1 server for scripts: a handler turns each request into a reply, and all
are recorded.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from support.ports import free_port

CHUNK = 1 << 20


class Request(NamedTuple):
    method: str
    path: str  # without the query
    query: dict[str, list[str]]
    headers: dict[str, str]  # lower-case names
    body: bytes = b""


class CutConnectionError(Exception):
    """Raised by a reply's body to close the connection where it stands."""


@dataclass(frozen=True)
class Reply:
    """`length` is what Content-Length says; the body may be less when it raises
    CutConnectionError.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Iterable[bytes | memoryview] = ()
    length: int = 0

    def with_header(self, name: str, value: str) -> Reply:
        return replace(self, headers={**self.headers, name: value})

    def without_header(self, name: str) -> Reply:
        return replace(
            self, headers={k: v for k, v in self.headers.items() if k.lower() != name.lower()}
        )


def reply(status: int, body: bytes | memoryview = b"", **headers: str) -> Reply:
    """A reply with a whole body; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, chunks(body), len(body))


def chunks(body: bytes | memoryview) -> Iterable[memoryview]:
    view = memoryview(body)
    return [view[at : at + CHUNK] for at in range(0, len(view), CHUNK)]


Handler = Callable[[Request], Reply]


class HttpServer:
    """Listens on a free loopback port from construction until `stop`; `start` listens on the same
    port again.
    """

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._tls = tls
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._connections: set[socket.socket] = set()
        self.port = free_port()
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.address}"

    def start(self) -> None:
        self._server = Server(("127.0.0.1", self.port), self)
        if self._tls:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Closes the port and every connection: from outside, the host is gone."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                close_both_ways(connection)

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self._requests.append(request)
        return self._handler(request)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def forget(self) -> None:
        """Begins counting anew."""
        with self._lock:
            self._requests.clear()

    def asked(self, method: str = "", path: str = "") -> list[Request]:
        """The requests of one method whose path ends so; an empty string takes all."""
        return [r for r in self.requests if r.method.startswith(method) and r.path.endswith(path)]


def close_both_ways(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the peer was faster
        connection.shutdown(socket.SHUT_RDWR)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: HttpServer) -> None:
        self.owner = owner
        super().__init__(address, Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is no news."""


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.opened(self.connection)

    def finish(self) -> None:
        self.server.owner.closed(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """The requests are recorded instead."""

    def _serve(self) -> None:
        body = self._read_body()
        target = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(target.query, keep_blank_values=True)
        asked = Request(self.command, target.path, query, headers, body)
        self._send(self.server.owner.answer(asked))

    def _read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _send(self, answer: Reply) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(answer.length))
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            for chunk in answer.body:
                self.wfile.write(chunk)
        except CutConnectionError:
            self.close_connection = True
            close_both_ways(self.connection)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve
