"""Clients that are slow, idle, hostile or gone."""

from __future__ import annotations

import hashlib
import socket

from support.behaviours import Hold
from support.fixtures import StartLongshore
from support.http_client import connect, get
from support.longshore import Longshore, one_connection
from support.payload import MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NAME = "library/app"
SIZE = 32 * MIB
SIP = 8192  # bytes at a time
SIPS = 100


class SlowReader:
    """Reads a response in sips, through a small receive buffer."""

    def __init__(self, port: int, path: str) -> None:
        self._sock = socket.socket()
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
        self._sock.settimeout(30)
        self._sock.connect(("127.0.0.1", port))
        self._sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        self._received = bytearray()

    def sip(self, size: int = SIP) -> bool:
        """False at the end of the stream."""
        piece = self._sock.recv(size)
        self._received += piece
        return bool(piece)

    def body(self) -> bytes:
        """Drinks up."""
        while self.sip(MIB):
            pass
        self._sock.close()
        return bytes(self._received).partition(b"\r\n\r\n")[2]


def test_slow_downloads_of_what_is_in_flight_and_of_what_is_stored_come_whole(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """That they may take as long as they move: http_deadlines_test.cc."""
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    path = f"/v2/{NAME}/blobs/{digest}"
    readers = [SlowReader(longshore.port, path)]
    assert readers[0].sip()
    assert get(longshore.port, path).status == 200
    longshore.until_hit(path.removeprefix("/v2/"))
    readers.append(SlowReader(longshore.port, path))
    for _ in range(SIPS):
        assert all(reader.sip() for reader in readers)
    expected = digest.removeprefix("sha256:")
    assert [hashlib.sha256(reader.body()).hexdigest() for reader in readers] == [expected] * 2
    assert upstream.gets(digest) == 1


def test_a_slow_client_does_not_slow_the_fetch(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """The blob is sealed while its only reader has hardly begun."""
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    longshore = start_longshore({"docker.io": upstream.url})
    reader = SlowReader(longshore.port, f"/v2/{NAME}/blobs/{digest}")
    assert reader.sip(1)
    until(lambda: longshore.stored_digests() == {digest}, "the blob is sealed")
    assert hashlib.sha256(reader.body()).hexdigest() == digest.removeprefix("sha256:")


def test_a_slow_loris_is_closed(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """A head that comes a byte at a time and never ends, while others are served."""
    longshore = start_longshore({"docker.io": upstream.url})
    with connect(longshore.port) as sock:
        sock.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        sock.setblocking(False)
        until(lambda: is_closed_after_a_drip(sock), "the slow loris is closed", 60)
    assert get(longshore.port, "/v2/").status == 200


def is_closed_after_a_drip(sock: socket.socket) -> bool:
    try:
        sock.send(b"a")
        answer = sock.recv(4096)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")
        return True
    except BlockingIOError:
        return False
    except (BrokenPipeError, ConnectionResetError):
        return True


def connections(longshore: Longshore) -> float:
    return longshore.metrics().total("longshore_connections")


def test_a_client_that_leaves_is_noticed_at_once(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """It leaves while it waits for an upstream that has not answered yet, and does not until that
    is noticed; an upstream that is given up would end the wait, too, but not at once."""
    digest = upstream.repository(NAME).add_blob(payload(MIB))
    held = Hold(at=0)
    upstream.on("", digest, held)
    longshore = start_longshore({"docker.io": upstream.url})
    before = connections(longshore)
    sock = connect(longshore.port)
    sock.sendall(f"GET /v2/{NAME}/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    until(lambda: connections(longshore) > before, "the connection is counted")
    sock.close()
    until(lambda: connections(longshore) <= before, "the connection is gone")
    assert longshore.metrics().total("longshore_upstream_failures_total") == 0
    held.release()
