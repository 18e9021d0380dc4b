"""Where an upstream redirects to fails by itself: who needs it is told soon, all others are served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.admin import read
from support.behaviours import HoldAnswer, redirect
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import KIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

NAME = "library/app"
FAILURES = "longshore_upstream_failures_total"


class Setup:
    """A registry whose blobs are at a CDN, with one image stored, and a layer that is not."""

    def __init__(self, upstream: ScriptedUpstream, start_longshore: StartLongshore) -> None:
        self.cdn = ScriptedUpstream()
        self.silence = HoldAnswer()
        repository = upstream.repository(NAME)
        self.image: Image = repository.add_image(payload(64 * KIB), "latest")
        self.data = payload(100 * KIB)
        self.digest = repository.add_blob(self.data)
        for data in (payload(64 * KIB), self.data):
            self.cdn.repository(NAME).add_blob(data)
        for digest in (self.image.layer_digest, self.digest):
            upstream.on("", digest, redirect(self.cdn.url))
        self.longshore: Longshore = start_longshore(
            {"docker.io": {"url": upstream.url, "prefetch": "off"}}, upstream_first_byte="300ms"
        )
        self.longshore.client().manifest(NAME, "latest")
        self.longshore.until_hit(f"{NAME}/blobs/{self.image.layer_digest}")
        self.cdn.forget()

    def break_cdn(self) -> None:
        self.cdn.on("", "", self.silence)
        until(self._is_told_at_once, "twenty requests that the CDN was not asked for", seconds=60)

    def _is_told_at_once(self) -> bool:
        answer = self.longshore.client().blob(NAME, self.digest)
        assert answer.status == 503
        assert int(answer.header("Retry-After")) >= 1
        return self.failures("held_off") >= 20

    def failures(self, reason: str) -> float:
        return self.longshore.metrics().total(FAILURES, upstream="docker.io", reason=reason)

    def gauges(self) -> dict[str, float]:
        metrics = self.longshore.metrics()
        return {
            name: metrics.total(f"longshore_upstream_{name}", upstream="docker.io")
            for name in ("up", "breaker_open", "redirect_breakers_open")
        }


@pytest.fixture
def setup(upstream: ScriptedUpstream, start_longshore: StartLongshore) -> Iterator[Setup]:
    setup = Setup(upstream, start_longshore)
    try:
        yield setup
    finally:
        setup.silence.release()
        setup.cdn.stop()


def test_a_silent_cdn_is_left_alone_but_for_probes(setup: Setup) -> None:
    setup.break_cdn()
    until(
        lambda: len(setup.cdn.requests) == setup.failures("timeout"),
        "the CDN was asked as often as it was waited for, and no more",
    )
    said = [line for line in setup.longshore.log_lines() if "left alone" in line["msg"]]
    assert [(line["host"], line["reason"]) for line in said] == [("127.0.0.1", "timeout")]


def test_meanwhile_what_does_not_need_it_is_served(setup: Setup) -> None:
    setup.break_cdn()
    client = setup.longshore.client()
    assert client.blob(NAME, setup.image.layer_digest).header("Cache-Status") == "longshore; hit"
    assert client.manifest(NAME, "latest").body == setup.image.manifest
    assert client.blob(NAME, setup.digest, method="HEAD").status == 503
    gauges = setup.gauges()
    assert (gauges["up"], gauges["breaker_open"]) == (1, 0)


def test_it_is_shown_while_it_is_left_alone(setup: Setup) -> None:
    """Between its pauses, too, when one pull at a time is its probe."""

    def is_shown() -> bool:
        setup.longshore.client().blob(NAME, setup.digest)
        why = read(setup.longshore, "why", ref=f"docker.io/{NAME}:latest")
        is_named = any("127.0.0.1, where the upstream" in line for line in why["explanation"])
        return is_named and setup.gauges()["redirect_breakers_open"] == 1

    setup.break_cdn()
    until(is_shown, "metrics and `why` show it")


def test_a_cdn_that_comes_back_is_found_by_a_probe(setup: Setup) -> None:
    setup.break_cdn()
    setup.cdn.behave()
    setup.silence.release()
    until(
        lambda: setup.longshore.client().blob(NAME, setup.digest).body == setup.data,
        "a probe was answered",
        seconds=60,
    )
    assert setup.gauges() == {"up": 1, "breaker_open": 0, "redirect_breakers_open": 0}
