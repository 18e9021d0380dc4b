"""The right answer to a request for a blob, from RFC 9110 §14 and the blob's bytes alone, and the
check of what came against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

BLOB_TYPE = "application/octet-stream"
MULTIPART = re.compile(r"^multipart/byteranges; boundary=([0-9A-Za-z'()+_,./:=? -]{1,70})$")
# What an upstream's failure becomes when nothing of the body was sent yet: proxy/oci/error.cc.
FAILURES = (502, 503, 504)

Range = tuple[int, int]  # first, end


class WrongAnswerError(AssertionError):
    """A reader got what it must never get."""


def demand(holds: bool, message: str) -> None:
    if not holds:
        raise WrongAnswerError(message)


@dataclass(frozen=True)
class Head:
    status: int
    headers: dict[str, str]  # lower-case names

    @property
    def length(self) -> int:
        return int(self.headers["content-length"])


def parse_head(text: bytes) -> Head:
    first, *lines = text.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        demand(name.lower() not in headers, f"{name} stands twice in a head")
        headers[name.lower()] = value.strip()
    match = re.match(r"^HTTP/1\.1 (\d{3}) ", first)
    demand(match is not None, f"no status line: {first!r}")
    demand("content-length" in headers, "a head without Content-Length")
    return Head(int(match[1]) if match else 0, headers)


@dataclass(frozen=True)
class Answer:
    """What a request must be answered with. `ranges` make the body: one is the body, more are the
    parts of a multipart one.
    """

    data: bytes
    digest: str
    status: int
    ranges: tuple[Range, ...]

    @property
    def is_multipart(self) -> bool:
        return len(self.ranges) > 1

    @property
    def is_whole(self) -> bool:
        return self.ranges == ((0, len(self.data)),)

    def content_range(self, wanted: Range) -> str:
        return f"bytes {wanted[0]}-{wanted[1] - 1}/{len(self.data)}"

    def check_head(self, head: Head) -> None:
        demand(head.status == self.status, f"status {head.status} instead of {self.status}")
        named = {"docker-content-digest": self.digest, "etag": f'"{self.digest}"'}
        named["accept-ranges"] = "bytes"
        if self.status == 416:
            named["content-range"] = f"bytes */{len(self.data)}"
        if self.status == 206 and not self.is_multipart:
            named["content-range"] = self.content_range(self.ranges[0])
        for name, value in named.items():
            demand(head.headers.get(name) == value, f"{name}: {head.headers.get(name)!r}")
        if self.status == 200 or self.is_multipart:
            demand("content-range" not in head.headers, "a Content-Range that does not belong")
        if self.status != 416:
            body = self.body(head)
            demand(head.length == body.length, f"Content-Length {head.length}, not {body.length}")

    def body(self, head: Head) -> Body:
        if not self.is_multipart:
            return Body([memoryview(self.data)[first:end] for first, end in self.ranges])
        match = MULTIPART.match(head.headers.get("content-type", ""))
        demand(match is not None, f"not multipart: {head.headers.get('content-type')}")
        boundary = match[1] if match else ""
        pieces: list[memoryview] = []
        for number, (first, end) in enumerate(self.ranges):
            before = "\r\n" if number else ""
            part = (
                f"{before}--{boundary}\r\nContent-Type: {BLOB_TYPE}\r\n"
                f"Content-Range: {self.content_range((first, end))}\r\n\r\n"
            )
            pieces += [memoryview(part.encode()), memoryview(self.data)[first:end]]
        return Body([*pieces, memoryview(f"\r\n--{boundary}--\r\n".encode())])


class Body:
    """Bytes that lie in several places."""

    def __init__(self, pieces: list[memoryview]) -> None:
        self._pieces = [piece for piece in pieces if len(piece)]
        self._ends = list(accumulate(map(len, self._pieces)))

    @property
    def length(self) -> int:
        return self._ends[-1] if self._ends else 0

    def slice(self, first: int, end: int) -> bytes:
        found = []
        for piece, piece_end in zip(self._pieces, self._ends, strict=True):
            begin = piece_end - len(piece)
            if begin < end and first < piece_end:
                found.append(piece[max(first - begin, 0) : end - begin])
        return b"".join(found)


def right_answer(data: bytes, digest: str, method: str, wanted: str | None) -> Answer:
    size = len(data)
    if wanted is None or size == 0 or method == "HEAD":
        return Answer(data, digest, 200, ((0, size),))
    ranges = [it for part in wanted.removeprefix("bytes=").split(",") if (it := one(part, size))]
    return Answer(data, digest, 206 if ranges else 416, tuple(ranges))


def one(part: str, size: int) -> Range | None:
    """A range of a blob that is not empty; None: it is beyond the end."""
    first, _, last = part.partition("-")
    if not first:
        return (max(size - int(last), 0), size) if int(last) else None
    end = min(int(last) + 1, size) if last else size
    return (int(first), end) if int(first) < size else None


class BodyCheck:
    """Takes a body as it comes. `corrupted` is what a lying upstream sends instead of the blob:
    until the digest is proven such bytes may be shown, but never all of the blob with them.
    """

    def __init__(self, answer: Answer, head: Head, corrupted: bytes | None = None) -> None:
        self._answer = answer
        self._right = answer.body(head)
        self._wrong = (
            None
            if corrupted is None
            else Answer(corrupted, answer.digest, answer.status, answer.ranges).body(head)
        )
        self.received = 0
        self.is_wrong = False

    @property
    def is_complete(self) -> bool:
        return self.received == self._right.length

    def take(self, piece: bytes) -> None:
        first, end = self.received, self.received + len(piece)
        demand(end <= self._right.length, f"{end} bytes of {self._right.length}")
        if piece != self._right.slice(first, end):
            may_be = self._wrong is not None and piece == self._wrong.slice(first, end)
            demand(may_be, f"a wrong byte in [{first}, {end}) of the body")
            self.is_wrong = True
        self.received = end
        demand(
            not (self.is_wrong and self.is_complete and self._answer.is_whole),
            "a complete blob with wrong bytes",
        )
