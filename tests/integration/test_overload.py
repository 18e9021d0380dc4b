"""More than this machine should take on: beyond each limit a quick 503 that says when to come back."""

from __future__ import annotations

import http.client
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support import oci
from support.behaviours import Hold
from support.download import Download
from support.fixtures import StartLongshore
from support.http_client import TIMEOUT_S, connect, get, read_all, statuses
from support.longshore import Longshore
from support.payload import MIB, payload, text
from support.registry_client import ACCEPT
from support.sanitizers import not_sanitized
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import hold, until

NAME = "library/app"
PING = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
NO_PREFETCH = {"prefetch": False}


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    """As many as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        yield stack
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ping(sock: socket.socket) -> bytes:
    """The first bytes of the answer; empty when there is none."""
    try:
        sock.sendall(PING)
        return sock.recv(4096)
    except ConnectionError:
        return b""


def open_until_refused(
    sockets: ExitStack, longshore: Longshore, source: str, most: int
) -> tuple[int, bytes]:
    """How many connections of one client are served, and what the next one hears."""
    for count in range(most):
        sock = sockets.enter_context(connect(longshore.port, source=source))
        answer = ping(sock)
        if not answer.startswith(b"HTTP/1.1 200"):
            return count, answer
    raise AssertionError(f"{most} connections and no refusal")


def reserved(longshore: Longshore) -> float:
    return longshore.metrics().total("longshore_reserved_memory_bytes")


def refusals(longshore: Longshore, limit: str) -> float:
    return longshore.metrics().total("longshore_limit_refusals_total", limit=limit)


def test_one_client_never_takes_more_than_half_of_the_connections(
    start_longshore: StartLongshore, sockets: ExitStack
) -> None:
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"}, max_connections=20)
    served, refusal = open_until_refused(sockets, longshore, "127.0.0.2", 20)
    assert served == 10
    assert refusal.startswith(b"HTTP/1.1 503") and b"Retry-After: 1\r\n" in refusal
    assert refusals(longshore, "client") == 1
    other = sockets.enter_context(connect(longshore.port, source="127.0.0.3"))
    assert ping(other).startswith(b"HTTP/1.1 200")


def test_one_client_has_a_limit_of_its_own(
    start_longshore: StartLongshore, sockets: ExitStack
) -> None:
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"}, max_connections_per_client=3)
    served, refusal = open_until_refused(sockets, longshore, "127.0.0.2", 20)
    assert served == 3
    assert b"too many connections of this client" in refusal


def test_a_flood_of_connections_is_refused_quickly_and_leaves_nothing_behind(
    start_longshore: StartLongshore, sockets: ExitStack
) -> None:
    """Each from another address: many clients, not a greedy one. The admin port stays."""
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"}, max_connections=50)
    before = longshore.peak_rss_bytes()
    flood = [
        sockets.enter_context(connect(longshore.port, source=f"127.0.{n // 250 + 1}.{n % 250 + 1}"))
        for n in range(600)
    ]
    answers = [ping(sock) for sock in flood]
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) == 50
    refused = [answer for answer in answers if not answer.startswith(b"HTTP/1.1 200")]
    assert all(answer == b"" or answer.startswith(b"HTTP/1.1 503") for answer in refused)
    assert refusals(longshore, "connections") == 550
    longshore.assert_peak_rss_below(before + 32 * MIB)
    sockets.close()
    until(lambda: longshore.metrics().total("longshore_connections") == 0, "all are gone")
    assert get(longshore.port, "/v2/").status == 200


def test_a_flood_of_connections_leaves_descriptors_to_serve_with(
    folder: Path, upstream: ScriptedUpstream, servers: ExitStack, sockets: ExitStack
) -> None:
    """The process may open 1024 files, and nobody has lowered max_connections for that."""
    repository = upstream.repository(NAME)
    images = [repository.add_image(payload(MIB, n), f"v{n}") for n in range(40)]
    longshore = Longshore(folder / "longshore", {"docker.io": upstream.url})
    servers.callback(longshore.stop)
    longshore.start(within=lambda argv: ["prlimit", "--nofile=1024:1024", *argv])
    assert "fewer clients than max_connections" in longshore.log_text()
    admitted = http.client.HTTPConnection("127.0.0.1", longshore.port, timeout=TIMEOUT_S)
    sockets.callback(admitted.close)

    def get_whole(path: str) -> bytes:
        admitted.request("GET", f"/v2/{NAME}/{path}", headers={"Accept": ACCEPT})
        answer = admitted.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body

    for n in range(20):
        get_whole(f"manifests/v{n}")
        get_whole(f"blobs/{images[n].layer_digest}")
    for n in range(1200):
        source = f"127.0.{n // 250 + 1}.{n % 250 + 1}"
        sockets.enter_context(connect(longshore.port, source=source))
    until(lambda: refusals(longshore, "connections") > 0, "the flood is refused")
    for n, image in enumerate(images):
        assert get_whole(f"manifests/v{n}") == image.manifest
        assert get_whole(f"blobs/{image.layer_digest}") == payload(MIB, n)
    assert longshore.admin("/readyz").body == b"ready\n"
    assert longshore.metrics().total("longshore_upstream_up") == 1


def test_heads_that_never_end_take_bounded_memory_and_go(
    start_longshore: StartLongshore, sockets: ExitStack
) -> None:
    """A hundred slow lorises, each with almost the largest head there may be."""
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"})
    before = longshore.peak_rss_bytes()
    flood = [sockets.enter_context(connect(longshore.port)) for _ in range(100)]
    for sock in flood:
        sock.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 60_000)
    assert get(longshore.port, "/v2/").status == 200
    assert {status for sock in flood for status in statuses(read_all(sock))} == {408}
    longshore.assert_peak_rss_below(before + 48 * MIB)


@not_sanitized("UBSan opens a pipe to look at a vptr, TSan one to the symbolizer that suppressions need")
def test_at_the_descriptor_limit_it_rests_and_then_goes_on(
    start_longshore: StartLongshore, sockets: ExitStack
) -> None:
    """Whom it serves it goes on to serve; the log has one line, however often it rested."""
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"}, threads=1)
    pid = longshore.process.pid
    served = sockets.enter_context(connect(longshore.port))
    assert ping(served).startswith(b"HTTP/1.1 200")
    in_use = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (in_use + 10, in_use + 10))
    waiting = [sockets.enter_context(connect(longshore.port)) for _ in range(30)]
    until(lambda: "cannot accept" in longshore.log_text(), "it cannot accept")
    ticks, since = cpu_ticks(pid), time.monotonic()
    hold(longshore.process.is_running, "it runs", 1)
    seconds = (cpu_ticks(pid) - ticks) / os.sysconf("SC_CLK_TCK")
    assert seconds < 0.5 * (time.monotonic() - since), "it spins"
    assert ping(served).startswith(b"HTTP/1.1 200")
    assert longshore.log_text().count("cannot accept") == 1
    for sock in waiting[:25]:
        sock.close()
    assert ping(waiting[-1]).startswith(b"HTTP/1.1 200")
    until(lambda: longshore.log_text().count("accepted all that waited") == 1, "the end of it is said")


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def known_images(upstream: ScriptedUpstream, longshore: Longshore, count: int) -> list[Image]:
    """Images whose manifests the clients have taken, and whose layers nobody has."""
    images = []
    for number in range(count):
        layer = payload(MIB, seed=number)
        images.append(upstream.repository(NAME).add_image(layer, f"v{number}"))
        assert longshore.client().manifest(NAME, f"v{number}").status == 200
    return images


def ask_for_blob(
    sockets: ExitStack, longshore: Longshore, digest: str, source: str
) -> socket.socket:
    """The answer is read by nobody yet."""
    sock = sockets.enter_context(connect(longshore.port, source=source))
    sock.sendall(f"GET /v2/{NAME}/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return sock


def test_too_many_fills_are_a_503_and_no_question_to_the_upstream(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """Who asks for what is being fetched joins it all the same."""
    longshore = start_longshore({"docker.io": {"url": upstream.url, **NO_PREFETCH}}, max_fills=1)
    first, second = known_images(upstream, longshore, 2)
    held = Hold(at=1000)
    upstream.on("GET", first.layer_digest, held)
    url = f"{longshore.url}/v2/{NAME}/blobs/"
    downloads = [Download(url + first.layer_digest, folder / f"head{n}") for n in range(2)]
    until(lambda: held.reached.is_set(), "the fill is under way")
    refused = longshore.client().blob(NAME, second.layer_digest)
    assert (refused.status, refused.header("Retry-After")) == (503, "1")
    assert "busy" in refused.error_message
    assert upstream.gets(second.layer_digest) == 0
    assert refusals(longshore, "fills") == 1
    held.release()
    assert [download.digest() for download in downloads] == [first.layer_digest] * 2
    until(
        lambda: longshore.client().blob(NAME, second.layer_digest).status == 200,
        "there is room for the second",
    )


@pytest.mark.parametrize("asks_by", ["manifest", "digest"])
def test_one_client_never_takes_more_than_half_of_the_fills(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, asks_by: str, sockets: ExitStack
) -> None:
    """Nor do its fills of blobs that nothing is known of yet."""
    longshore = start_longshore({"docker.io": {"url": upstream.url, **NO_PREFETCH}}, max_fills=4)
    if asks_by == "manifest":
        digests = [image.layer_digest for image in known_images(upstream, longshore, 4)]
    else:
        digests = [upstream.repository(NAME).add_blob(payload(MIB, n)) for n in range(4)]
    holds = [Hold(at=1000) for _ in digests]
    for digest, held in zip(digests, holds, strict=True):
        upstream.on("GET", digest, held)

    def ask(digest: str, source: str) -> socket.socket:
        return ask_for_blob(sockets, longshore, digest, source)

    greedy = [ask(digest, "127.0.0.2") for digest in digests[:2]]
    until(lambda: all(held.reached.is_set() for held in holds[:2]), "two fills are under way")
    assert ask(digests[2], "127.0.0.2").recv(1000).startswith(b"HTTP/1.1 503")
    assert refusals(longshore, "client_fills") >= 1
    # Joining what is under way takes none, and another client still finds one.
    greedy.append(ask(digests[0], "127.0.0.2"))
    other = ask(digests[3], "127.0.0.3")
    until(lambda: holds[3].reached.is_set(), "the other client's fill is under way")
    for held in holds:
        held.release()
    for sock in [*greedy, other]:
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    assert refusals(longshore, "fills") == 0


def test_memory_that_is_taken_is_a_503(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """Four fills may queue all of the 16 MiB; the fifth waits outside, and a hit of what is kept as
    it came needs none. Three clients: one alone is given half."""
    longshore = start_longshore(
        {"docker.io": {"url": upstream.url, **NO_PREFETCH}}, max_memory="16MiB"
    )
    images = known_images(upstream, longshore, 6)
    stored = images.pop()
    assert longshore.client().blob(NAME, stored.layer_digest).status == 200
    # Its fill may end after its client has all bytes, and would be a fifth.
    until(lambda: reserved(longshore) == 0, "nothing is being filled")
    holds = []
    for image in images[:4]:
        holds.append(Hold(at=1000))
        upstream.on("GET", image.layer_digest, holds[-1])
    url = f"{longshore.url}/v2/{NAME}/blobs/"
    downloads = []
    for image, held, last in zip(images, holds, (2, 2, 3, 4), strict=False):
        heads = folder / image.layer_digest[-8:]
        downloads.append(Download(url + image.layer_digest, heads, source=f"127.0.0.{last}"))
        until(held.reached.is_set, "it is being filled")
    refused = longshore.client().blob(NAME, images[4].layer_digest)
    assert (refused.status, refused.header("Retry-After")) == (503, "1")
    assert refusals(longshore, "memory") == 1
    assert reserved(longshore) == 16 * MIB
    assert longshore.client().blob(NAME, stored.layer_digest).status == 200
    for held in holds:
        held.release()
    assert [d.digest() for d in downloads] == [image.layer_digest for image in images[:4]]


def test_one_client_never_takes_more_than_half_of_the_memory(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, sockets: ExitStack
) -> None:
    """A hit takes some where what is stored is decoded: one slow client took all of it, and others
    were refused what was stored."""
    image = upstream.repository(NAME).add_image(text(16 * MIB), "latest", oci.LAYER_TAR)
    longshore = start_longshore({"docker.io": upstream.url}, max_memory="16MiB")
    longshore.client().manifest(NAME, "latest")
    longshore.until_hit(f"{NAME}/blobs/{image.layer_digest}")
    longshore.until_compressed(image.layer_digest)
    until(lambda: reserved(longshore) == 0, "nothing is being filled")
    before = refusals(longshore, "memory")  # the prefetch may have met the client's own fill

    def first_bytes(source: str) -> bytes:
        return ask_for_blob(sockets, longshore, image.layer_digest, source).recv(1000)

    answers = [first_bytes("127.0.0.2") for _ in range(9)]
    assert [answer.startswith(b"HTTP/1.1 200") for answer in answers] == [True] * 8 + [False]
    assert b"Retry-After: 1\r\n" in answers[-1]
    assert refusals(longshore, "client_memory") == 1
    assert refusals(longshore, "memory") == before
    assert reserved(longshore) == 8 * MIB
    assert first_bytes("127.0.0.3").startswith(b"HTTP/1.1 200")
