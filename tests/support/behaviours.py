"""What can go wrong with an upstream's reply, each as a small object put in front of a path."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from support.http_server import CutConnectionError, Reply, Request, chunks, reply

Behaviour = Callable[[Request, Reply], Reply]
Body = Iterable[bytes | memoryview]

RELEASE_TIMEOUT_S = 120.0


def split_at(body: Body, at: int) -> tuple[list[memoryview], list[memoryview]]:
    """The body's pieces before and from byte `at`."""
    before: list[memoryview] = []
    after: list[memoryview] = []
    position = 0
    for piece in body:
        view = memoryview(piece)
        cut = min(max(at - position, 0), len(view))
        before.append(view[:cut])
        after.append(view[cut:])
        position += len(view)
    return [p for p in before if len(p)], [p for p in after if len(p)]


class Halt:
    """Stops who comes until released. `reached` is set when the first came."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._released = threading.Event()

    def release(self) -> None:
        self._released.set()

    def pass_through(self) -> None:
        self.reached.set()
        if not self._released.wait(RELEASE_TIMEOUT_S):
            raise CutConnectionError


class Hold(Halt):
    """Stops in mid-body, where the first bytes went out."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def __call__(self, request: Request, answer: Reply) -> Reply:
        return replace(answer, body=self._body(answer.body))

    def _body(self, body: Body) -> Iterator[memoryview]:
        before, after = split_at(body, self._at)
        yield from before
        self.pass_through()
        yield from after


class HoldAnswer(Halt):
    """Says nothing before."""

    def __call__(self, request: Request, answer: Reply) -> Reply:
        self.pass_through()
        return answer


def corrupt(at: int) -> Behaviour:
    """One byte of the blob is another, also in a ranged answer that holds it; the length is right."""

    def body(pieces: Body, first: int) -> Iterator[memoryview]:
        before, after = split_at(pieces, at - first)
        yield from before
        for number, piece in enumerate(after):
            yield piece if number else memoryview(bytes([piece[0] ^ 0xFF]) + piece[1:])

    def behaviour(request: Request, answer: Reply) -> Reply:
        first = first_byte(answer)
        if not first <= at < first + answer.length:
            return answer
        return replace(answer, body=body(answer.body, first))

    return behaviour


def first_byte(answer: Reply) -> int:
    """Where in the blob the answer's body begins."""
    content_range = answer.headers.get("Content-Range", "bytes 0-")
    return int(content_range.removeprefix("bytes ").partition("-")[0])


class Counted:
    """Tells the first `count` requests from those that follow."""

    def __init__(self, count: int, behaviour: Behaviour) -> None:
        self._left = count
        self._behaviour = behaviour
        self._lock = threading.Lock()

    def _is_among_first(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


class Times(Counted):
    """Another behaviour for the first `count` requests only."""

    def __call__(self, request: Request, answer: Reply) -> Reply:
        return self._behaviour(request, answer) if self._is_among_first() else answer


def cut(at: int) -> Behaviour:
    """The connection closes after `at` bytes of the body."""

    def body(pieces: Body) -> Iterator[memoryview]:
        before, _ = split_at(pieces, at)
        yield from before
        raise CutConnectionError

    return lambda request, answer: replace(answer, body=body(answer.body))


def fail(status: int, **headers: str) -> Behaviour:
    return lambda request, answer: reply(
        status, b'{"errors":[]}', Content_Type="application/json", **headers
    )


def redirect(base_url: str) -> Behaviour:
    """The same path on another host, as registries send their clients to a CDN."""
    return lambda request, answer: reply(307, Location=base_url + request.path)


def encoded(coding: str, encode: Callable[[bytes], bytes]) -> Behaviour:
    """Whole answers come in a content coding to those who accept it, as a web server in front of a
    registry sends them: another length, no ranges, a weak ETag.
    """

    def behaviour(request: Request, answer: Reply) -> Reply:
        accepted = request.headers.get("accept-encoding", "")
        if answer.status != 200 or coding not in accepted or request.method != "GET":
            return answer
        body = encode(b"".join(bytes(piece) for piece in answer.body))
        return replace(
            answer.with_header("Content-Encoding", coding).with_header("ETag", 'W/"encoded"'),
            body=chunks(body),
            length=len(body),
        )

    return behaviour


def ignore_ranges(data: bytes, delay_s: float) -> Behaviour:
    """A server far away that answers every range of the blob with all of it."""

    def behaviour(request: Request, answer: Reply) -> Reply:
        threading.Event().wait(delay_s)
        whole = reply(200, data)
        return replace(whole, headers=answer.without_header("Content-Range").headers)

    return behaviour


def without_header(name: str) -> Behaviour:
    return lambda request, answer: answer.without_header(name)


def require_bearer(realm: str, scope: str, is_valid: Callable[[str], bool]) -> Behaviour:
    """401 with a challenge unless the request carries a token that is valid."""
    challenge = f'Bearer realm="{realm}",service="scripted",scope="{scope}"'

    def guard(request: Request, answer: Reply) -> Reply:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and is_valid(token):
            return answer
        return reply(
            401,
            b'{"errors":[{"code":"UNAUTHORIZED","message":"a token, please"}]}',
            WWW_Authenticate=challenge,
        )

    return guard


class After(Counted):
    """The usual behaviour for the first `count` requests, then another."""

    def __call__(self, request: Request, answer: Reply) -> Reply:
        return answer if self._is_among_first() else self._behaviour(request, answer)


def with_headers(**headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, answer: replace(answer, headers={**answer.headers, **named})
