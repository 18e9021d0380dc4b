"""HTTP/1.1 as a test wants to speak it: one request with everything seen, or raw bytes on a
socket.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Mapping
from email.message import Message
from typing import Any, NamedTuple

TIMEOUT_S = 60.0
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) ")


class Response(NamedTuple):
    status: int
    headers: Message  # names are looked up without regard to case
    body: bytes

    def header(self, name: str) -> str:
        """The header's value, or an empty string."""
        return str(self.headers.get(name, ""))

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        """The code of an OCI error body."""
        return str(self.json()["errors"][0]["code"])

    @property
    def error_message(self) -> str:
        return str(self.json()["errors"][0]["message"])


def request(
    port: int,
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = TIMEOUT_S,
    host: str = "127.0.0.1",
) -> Response:
    """One request on a connection of its own. A body cut short raises
    http.client.IncompleteRead.
    """
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, target, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def parts_of(answer: Response) -> list[bytes]:
    """Of a multipart/byteranges body: what its parts hold."""
    boundary = answer.header("Content-Type").partition("boundary=")[2].strip('"')
    pieces = answer.body.split(b"--" + boundary.encode())[1:-1]
    return [piece.partition(b"\r\n\r\n")[2][:-2] for piece in pieces]


def get(port: int, target: str, timeout: float = TIMEOUT_S, host: str = "127.0.0.1") -> Response:
    return request(port, "GET", target, timeout=timeout, host=host)


def connect(port: int, timeout: float = TIMEOUT_S, source: str = "127.0.0.1") -> socket.socket:
    """`source` is the address it comes from: any of 127.0.0.0/8, each another client."""
    return socket.create_connection(("127.0.0.1", port), timeout, (source, 0))


def read_all(sock: socket.socket) -> bytes:
    """What the peer sends until it closes; a reset counts as a close."""
    received = bytearray()
    try:
        while chunk := sock.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return bytes(received)


def statuses(received: bytes) -> list[int]:
    """The status codes of the responses in a stream of bytes."""
    return [int(code) for code in STATUS_LINE.findall(received)]


def exchange(port: int, sent: bytes, timeout: float = TIMEOUT_S) -> bytes:
    """Sends raw bytes, ends the sending side, returns all that came back until the peer closed."""
    with connect(port, timeout) as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        return read_all(sock)


def ask_raw(port: int, target: str) -> bytes:
    """The whole answer to a GET, as its bytes came; the target goes out as it is."""
    with connect(port) as sock:
        sock.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return read_all(sock)
