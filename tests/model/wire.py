"""The upstream side of the model: faults by plan in front of a scripted registry, and a ledger of
what every GET asked and how many bytes the socket took for it.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

from model.plan import BlobPlan, Fault, Kind
from support.behaviours import Body, corrupt, cut, fail, redirect, split_at
from support.http_server import CutConnectionError, Reply, Request, reply
from support.payload import KIB
from support.scripted_upstream import Repository, ScriptedUpstream

NAME = "library/app"
# Small, so that what a cut transfer leaves in buffers is little: the kernel doubles it.
SEND_BUFFER = 64 * KIB
PIECE = 64 * KIB  # handed to the socket at once, and counted then
RANGE = re.compile(r"^bytes=(\d+)-(\d+)$")


@dataclass
class WireGet:
    """One GET of a blob. Asked for [first, end); `sent` bytes of the body were handed over."""

    digest: str
    first: int
    end: int
    is_ranged: bool
    status: int = 0
    sent: int = 0

    @property
    def ignores_range(self) -> bool:
        return self.is_ranged and self.status == 200


class Ledger:
    """Thread-safe. Read `gets` only when the upstream is idle."""

    def __init__(self) -> None:
        self.gets: list[WireGet] = []
        self._changed = threading.Condition()
        self._sent = 0

    def open(self, get: WireGet) -> WireGet:
        with self._changed:
            self.gets.append(get)
        return get

    def hand_over(self, get: WireGet, size: int) -> None:
        with self._changed:
            get.sent += size
            self._sent += size
            self._changed.notify_all()

    @property
    def sent(self) -> int:
        with self._changed:
            return self._sent

    def wait_for(self, sent: int, seconds: float) -> None:
        """Returns when so many bytes were sent in all, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._sent >= sent, seconds)

    def of(self, digest: str) -> list[WireGet]:
        return [get for get in self.gets if get.digest == digest]


class ThinUpstream(ScriptedUpstream):
    """Keeps little in its sockets."""

    def opened(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        super().opened(connection)


class BlobScript:
    """The behaviour of one blob: its plan until `heal`, always with a ledger."""

    def __init__(self, plan: BlobPlan, ledger: Ledger) -> None:
        self._plan = plan
        self._ledger = ledger
        self._lock = threading.Lock()
        self._gets = 0
        self._healed = False
        self._pause = threading.Event()
        self.faults = 0

    def heal(self) -> None:
        self._healed = True
        self._pause.set()

    def __call__(self, request: Request, answer: Reply) -> Reply:
        get = self._ledger.open(self._get(request))
        with self._lock:
            fault = None if self._healed else self._plan.faults.get(self._gets)
            self._gets += 1
            self.faults += fault is not None
        self._pause.wait(self._plan.latency_s)
        if not self._healed:
            answer = self._change(answer)
        if fault is not None:
            answer = self._break(fault, answer, get.is_ranged)
        get.status = answer.status
        return replace(answer, body=self._recorded(get, answer.body))

    def _get(self, request: Request) -> WireGet:
        match = RANGE.match(request.headers.get("range", ""))
        size = self._plan.size
        if match is None:
            return WireGet(self._plan.digest, 0, size, False)
        return WireGet(self._plan.digest, int(match[1]), int(match[2]) + 1, True)

    def _change(self, answer: Reply) -> Reply:
        """What is so in every answer."""
        plan = self._plan
        if plan.ignores_ranges and answer.status == 206:
            headers = {**answer.headers}
            del headers["Content-Range"]
            answer = replace(reply(200, plan.data), headers=headers)
        if plan.corrupt_at is not None:
            answer = corrupt(plan.corrupt_at)(NO_REQUEST, answer)
        return answer.with_header("ETag", '"one"') if plan.has_etag else answer

    def _break(self, fault: Fault, answer: Reply, is_ranged: bool) -> Reply:
        at = int(answer.length * fault.part)
        if fault.kind is Kind.DROP:
            raise CutConnectionError
        if fault.kind is Kind.REFUSE:
            return fail(fault.status)(NO_REQUEST, answer)
        if fault.kind is Kind.CUT:
            return cut(at)(NO_REQUEST, answer)
        if fault.kind is Kind.STALL:
            return replace(answer, body=self._stalled(answer.body, at, fault.seconds))
        if fault.kind is Kind.ETAG:
            return answer.with_header("ETag", '"two"')
        if fault.kind is Kind.SHIFT:
            return shifted(answer)
        if not is_ranged:
            # What a GET of the whole says of the size may be all that is known of it, as HEAD's.
            return cut(at)(NO_REQUEST, answer)
        return of_another_length(answer, at - answer.length or -1, fault.kind is Kind.LONG)

    def _stalled(self, body: Body, at: int, seconds: float) -> Iterator[memoryview]:
        before, after = split_at(body, at)
        yield from before
        self._pause.wait(seconds)
        yield from after

    def _recorded(self, get: WireGet, body: Body) -> Iterator[memoryview]:
        """Counts a piece before it is handed over: never too little, one piece too much at most."""
        pace = self._plan.lasts_s * PIECE / max(self._plan.size, PIECE)
        for piece in body:
            view = memoryview(piece)
            for at in range(0, len(view), PIECE):
                part = view[at : at + PIECE]
                self._ledger.hand_over(get, len(part))
                yield part
                if pace:
                    self._pause.wait(pace)


NO_REQUEST = Request("GET", "", {}, {})


def shifted(answer: Reply) -> Reply:
    """Content-Range a byte off; an answer without one is left as it is."""
    about = answer.headers.get("Content-Range")
    match = re.match(r"^bytes (\d+)-(\d+)/(\d+)$", about or "")
    if match is None:
        return answer
    first, last, size = map(int, match.groups())
    return answer.with_header("Content-Range", f"bytes {first + 1}-{last + 1}/{size}")


def of_another_length(answer: Reply, difference: int, is_long: bool) -> Reply:
    """Content-Length and the body are less than they should be, or more is announced than comes."""
    if is_long:
        return replace(answer, length=answer.length - difference, body=then_cut(answer.body))
    length = max(answer.length + difference, 0)
    return replace(answer, length=length, body=split_at(answer.body, length)[0])


def then_cut(body: Body) -> Iterator[memoryview]:
    for piece in body:
        yield memoryview(piece)
    raise CutConnectionError


class Wire:
    """An upstream with blobs by plan, and the host that some of them redirect to."""

    def __init__(self, blobs: tuple[BlobPlan, ...], servers: ExitStack) -> None:
        self.ledger = Ledger()
        self._upstream = self._server(servers)
        self._elsewhere = self._server(servers)
        self._scripts = [self._add(blob) for blob in blobs]

    @property
    def url(self) -> str:
        return self._upstream.url

    @property
    def repository(self) -> Repository:
        """For what has no script, such as images."""
        return self._upstream.repository(NAME)

    @property
    def faults(self) -> int:
        """GETs that were made to fail."""
        return sum(script.faults for script in self._scripts)

    def heal(self) -> None:
        """From now on it is a good registry."""
        for script in self._scripts:
            script.heal()

    def _server(self, servers: ExitStack) -> ThinUpstream:
        server = ThinUpstream()
        servers.callback(server.stop)
        return server

    def _add(self, blob: BlobPlan) -> BlobScript:
        script = BlobScript(blob, self.ledger)
        for server in (self._upstream, self._elsewhere):
            server.repository(NAME).add_blob(blob.data)
        if blob.redirects:
            self._upstream.on("GET", blob.digest, redirect(self._elsewhere.url))
            self._elsewhere.on("GET", blob.digest, script)
        else:
            self._upstream.on("GET", blob.digest, script)
        return script
