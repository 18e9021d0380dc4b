"""Requests that two servers could read differently, against the live port: each is refused and the
connection ends.
"""

from __future__ import annotations

import pytest

from support.fixtures import StartLongshore
from support.http_client import exchange, get, statuses
from support.scripted_upstream import ScriptedUpstream

PING = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v2/ HTTP/1.1\r\nHost: x\r\n"
SMUGGLED = b"GET /v2/library/smuggled/manifests/latest HTTP/1.1\r\nHost: x\r\n\r\n"

AMBIGUOUS = {
    "two content-lengths": POST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "two equal content-lengths": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "content-length list": POST + b"Content-Length: 0, 0\r\n\r\n",
    "content-length with transfer-encoding": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two transfer-encodings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "unknown transfer-encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n",
    "transfer-encoding in http/1.0": b"POST /v2/ HTTP/1.0\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": PING + b"X-Name : value\r\n\r\n",
    "tab before the colon": POST + b"Content-Length\t: 0\r\n\r\n",
    "bare LF": b"GET /v2/ HTTP/1.1\nHost: x\n\n",
    "bare LF inside the head": PING + b"X-A: b\nX-C: d\r\n\r\n",
    "bare CR": PING + b"X-A: b\rX-C: d\r\n\r\n",
    "missing host": b"GET /v2/ HTTP/1.1\r\n\r\n",
    "two hosts": PING + b"Host: y\r\n\r\n",
    "host with a comma": b"GET /v2/ HTTP/1.1\r\nHost: x, y\r\n\r\n",
    "empty field name": PING + b": value\r\n\r\n",
    "length with a sign": POST + b"Content-Length: +3\r\n\r\nabc",
    "length in hex": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "negative length": POST + b"Content-Length: -1\r\n\r\n",
    "empty length": POST + b"Content-Length: \r\n\r\n",
    "length beyond 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "NUL in a value": PING + b"X-A: b\0c\r\n\r\n",
    "NUL in the target": b"GET /v2/\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in a name": PING + b"X\0A: b\r\n\r\n",
    "folded line": PING + b"X-A: b\r\n c\r\n\r\n",
    "folded first line": b"GET /v2/ HTTP/1.1\r\n Host: x\r\n\r\n",
    "two spaces in the request line": b"GET  /v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "tab in the request line": b"GET\t/v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /v2/\r\nHost: x\r\n\r\n",
    "version 1.2": b"GET /v2/ HTTP/1.2\r\nHost: x\r\n\r\n",
    "version 2.0": b"GET /v2/ HTTP/2.0\r\nHost: x\r\n\r\n",
    "line without a colon": PING + b"nonsense\r\n\r\n",
    "oversized line": b"GET /v2/" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "oversized head": PING
    + b"".join(b"X-%d: %s\r\n" % (n, b"v" * 1000) for n in range(100))
    + b"\r\n",
    "too many fields": PING + b"".join(b"X-%d: v\r\n" % n for n in range(1000)) + b"\r\n",
    "chunk size with a sign": POST + b"Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
}

REFUSALS = (400, 405, 413, 414, 431, 501, 505)


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_nothing_after_it_is_heard(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, name: str
) -> None:
    longshore = start_longshore({"docker.io": upstream.url})
    received = exchange(longshore.port, AMBIGUOUS[name] + SMUGGLED)
    (status,) = statuses(received)
    assert status in REFUSALS
    assert upstream.requests == []
    assert get(longshore.port, "/v2/").status == 200


FINE = {
    "plain": PING + b"\r\n",
    "http/1.0": b"GET /v2/ HTTP/1.0\r\nHost: x\r\n\r\n",
    "length of zero": PING + b"Content-Length: 0\r\n\r\n",
    "absolute form": b"GET http://x/v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", FINE)
def test_a_clear_request_is_answered(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, name: str
) -> None:
    longshore = start_longshore({"docker.io": upstream.url})
    assert exchange(longshore.port, FINE[name]).startswith(b"HTTP/1.1 200")
