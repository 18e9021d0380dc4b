"""A name server that does not answer keeps only those who need it, and no longer than an upstream
may take to answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from support.http_client import Response
from support.longshore import Longshore
from support.name_server import SilentNameServer
from support.payload import KIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

NAME = "library/app"
FAR = "registry.far.example"
FAILURES = "longshore_upstream_failures_total"
CLIENTS = 8


class Setup:
    def __init__(self, longshore: Longshore, image: Image, name_server: SilentNameServer) -> None:
        self.longshore = longshore
        self.image = image
        self.name_server = name_server

    def hit(self) -> None:
        answer = self.longshore.client().blob(NAME, self.image.layer_digest)
        assert answer.header("Cache-Status") == "longshore; hit"


@pytest.fixture
def setup(folder: Path, upstream: ScriptedUpstream) -> Iterator[Setup]:
    """With one image stored, and an upstream whose name has to be looked up. One loop, which is
    everybody's."""
    image = upstream.repository(NAME).add_image(payload(64 * KIB), "latest")
    with SilentNameServer(folder) as name_server:
        longshore = Longshore(
            folder / "longshore",
            {"docker.io": upstream.url, FAR: f"https://{FAR}"},
            threads=1,
            upstream_first_byte="1s",
            drain="0s",
        )
        longshore.start(name_server.asked_by)
        try:
            longshore.client().manifest(NAME, "latest")
            longshore.until_hit(f"{NAME}/blobs/{image.layer_digest}")
            yield Setup(longshore, image, name_server)
        finally:
            longshore.stop()


def test_who_needs_a_name_is_told_soon_and_all_others_are_served(setup: Setup) -> None:
    answers: list[Response] = []

    def ask(number: int) -> None:
        answers.append(setup.longshore.client(ns=FAR).manifest(f"some/app{number}", "latest"))

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    until(setup.name_server.was_asked, "a name is looked up")
    while any(client.is_alive() for client in clients):
        setup.hit()
    # The lookups go on, of which nobody wants to know any more.
    setup.hit()
    assert [answer.status for answer in answers] == [503] * CLIENTS
    assert all(answer.header("Retry-After") for answer in answers)
    metrics = setup.longshore.metrics()
    assert metrics.total(FAILURES, upstream=FAR, reason="timeout") > 0


def test_it_stops_while_a_name_is_looked_up(setup: Setup) -> None:
    def ask() -> None:
        with suppress(ConnectionError):
            setup.longshore.client(ns=FAR).manifest("some/app", "latest")

    client = threading.Thread(target=ask)
    client.start()
    until(setup.name_server.was_asked, "a name is looked up")
    setup.longshore.stop()
    client.join()
