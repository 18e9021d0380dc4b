"""A response that a test reads when it likes: what happens in between happens in mid-body."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Sequence

from support.http_client import TIMEOUT_S, Response, parts_of

# Small, so that little of the body is on its way before anybody reads.
RECEIVE_BUFFER = 32 * 1024


class OpenResponse:
    """To a GET of some ranges ([first, end) in bytes; none: of all of it). The head is here once it
    is made."""

    def __init__(self, port: int, path: str, ranges: Sequence[tuple[int, int]] = ()) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        wanted = ",".join(f"{first}-{end - 1}" for first, end in ranges)
        self._connection.request("GET", path, headers={"Range": f"bytes={wanted}"} if ranges else {})
        self._response = self._connection.getresponse()
        self._is_several = len(ranges) > 1
        self._begun = b""

    def begin(self, size: int) -> None:
        """Waits for so many bytes of the body."""
        self._begun += self._response.read(size)

    def read(self) -> list[bytes] | None:
        """What came of each range. None: it ended short."""
        try:
            body = self._begun + self._response.read()
        except (http.client.IncompleteRead, ConnectionResetError):
            return None
        finally:
            self._connection.close()
        answer = Response(self._response.status, self._response.headers, body)
        return parts_of(answer) if self._is_several else [body]
