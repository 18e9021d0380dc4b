"""A client that asks for one blob in its own way and checks every byte as it comes."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from enum import Enum

from model.answers import FAILURES, Answer, BodyCheck, Head, demand, parse_head
from model.plan import ReaderPlan
from model.wire import NAME
from support.payload import KIB

PATIENCE_S = 60.0  # without a single byte
BEGIN_S = 0.5  # at most this long for the moment at which it was to begin
SIP_PAUSE_S = 0.004
GULP = 256 * KIB
PASSED_THROUGH = "longshore; fwd=bypass"


class End(Enum):
    COMPLETE = "complete"
    LEFT = "left"  # as it had planned
    SHORT = "short"  # the response ended before its Content-Length
    FAILED = "failed"  # an answer that says what is wrong
    UNANSWERED = "unanswered"  # no connection, or none that lived until the head


class Reader(threading.Thread):
    """`end` says how it went, `error` what must never happen; both are there after join."""

    patience_s = PATIENCE_S
    # What also is right, if the head says that nothing is stored: a range of what is passed through
    # cannot be proven, so the whole comes (RFC 9110 §14.2).
    passed_through: Answer | None = None

    def __init__(
        self,
        plan: ReaderPlan,
        answer: Answer,
        corrupted: bytes | None,
        port: int,
        wait_to_begin: Callable[[int, float], None],
    ) -> None:
        super().__init__(daemon=True)
        self.plan = plan
        self.answer = answer
        self.corrupted = corrupted
        self.port = port
        self.end = End.UNANSWERED
        self.error: BaseException | None = None
        self.received = 0
        self.was_reset = False
        self.was_passed_through = False
        self._wait_to_begin = wait_to_begin
        self._pause = threading.Event()

    def __str__(self) -> str:
        wanted = self.plan.range or "the whole"
        return f"{self.plan.method} {wanted} of {self.answer.digest}: {self.end.value}"

    def run(self) -> None:
        try:
            if self.plan.begins_at:
                self._wait_to_begin(self.plan.begins_at, BEGIN_S)
            self._ask()
        except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
            self.was_reset = True
        except Exception as error:
            self.error = error

    def take_head(self, head: Head) -> None:
        if self.passed_through and head.headers.get("cache-status") == PASSED_THROUGH:
            self.answer = self.passed_through
            self.was_passed_through = True
        self.answer.check_head(head)

    def _ask(self) -> None:
        with socket.socket() as sock:
            sock.settimeout(self.patience_s)
            if self.plan.receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.plan.receive_buffer)
            sock.connect(("127.0.0.1", self.port))
            sock.sendall(self._request())
            if self.plan.leave_after == 0:
                self._leave(sock)
                return
            self._read(sock)

    def _request(self) -> bytes:
        wanted = f"Range: {self.plan.range}\r\n" if self.plan.range else ""
        return (
            f"{self.plan.method} /v2/{NAME}/blobs/{self.answer.digest} HTTP/1.1\r\n"
            f"Host: x\r\nConnection: close\r\n{wanted}\r\n"
        ).encode()

    def _read(self, sock: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = sock.recv(64 * KIB)
            if not piece:
                demand(not received, f"half a head: {received!r}")
                return
            received += piece
        text, _, rest = received.partition(b"\r\n\r\n")
        head = parse_head(text)
        if head.status in FAILURES:
            self._read_failure(sock, head, rest)
            return
        self.take_head(head)
        if self.plan.method == "HEAD" or self.answer.status == 416:
            self._read_nothing(sock, head, rest)
        else:
            self._read_body(sock, head, rest)

    def _read_failure(self, sock: socket.socket, head: Head, rest: bytes) -> None:
        body = rest + read_to_end(sock)
        self.end = End.FAILED
        if self.plan.method != "HEAD":
            demand(len(body) == head.length, "an error body of another length")
            demand(bool(json.loads(body)["errors"]), "an error body without errors")

    def _read_nothing(self, sock: socket.socket, head: Head, rest: bytes) -> None:
        body = rest + read_to_end(sock)
        expected = 0 if self.plan.method == "HEAD" else head.length
        demand(len(body) == expected, f"{len(body)} bytes of body instead of {expected}")
        self.end = End.COMPLETE

    def _read_body(self, sock: socket.socket, head: Head, rest: bytes) -> None:
        check = BodyCheck(self.answer, head, self.corrupted)
        self.end = End.SHORT  # unless more comes
        piece = rest
        sips = self.plan.sips
        while True:
            check.take(piece)
            self.received = check.received
            if self._has_enough(check):
                self._leave(sock)
                return
            if sips:
                self._pause.wait(SIP_PAUSE_S)
                sips -= 1
            piece = sock.recv(8 * KIB if sips else GULP)
            if not piece:
                break
        # The peer's end of the stream, and with it no byte too many.
        self.end = End.COMPLETE if check.is_complete else End.SHORT

    def _has_enough(self, check: BodyCheck) -> bool:
        leave_after = self.plan.leave_after
        return leave_after is not None and check.received >= leave_after and not check.is_complete

    def _leave(self, sock: socket.socket) -> None:
        self.end = End.LEFT
        if self.plan.resets:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def read_to_end(sock: socket.socket) -> bytes:
    received = bytearray()
    while piece := sock.recv(64 * KIB):
        received += piece
    return bytes(received)
