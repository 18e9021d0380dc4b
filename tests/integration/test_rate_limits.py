"""An upstream out of patience: what it says of its limit is shown and saved for, and what it asks
for is kept to.
"""

from __future__ import annotations

from email.utils import formatdate
from pathlib import Path
from time import time

import pytest

from support.behaviours import fail, require_bearer, with_headers
from support.fixtures import StartLongshore
from support.http_server import HttpServer, reply
from support.longshore import Longshore
from support.payload import KIB, payload
from support.reload import reload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import hold, until

NAME = "library/app"
PATIENCE_S = 120


@pytest.fixture
def image(upstream: ScriptedUpstream) -> Image:
    return upstream.repository(NAME).add_image(payload(KIB), "latest")


def gauge(longshore: Longshore, name: str) -> float:
    return longshore.metrics().total(f"longshore_upstream_{name}", upstream="docker.io")


def held_off(longshore: Longshore) -> float:
    return longshore.metrics().total(
        "longshore_upstream_failures_total", upstream="docker.io", reason="held_off"
    )


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_nothing_is_asked_before_the_time_it_said(
    image: Image,
    upstream: ScriptedUpstream,
    start_longshore: StartLongshore,
    status: int,
    form: str,
) -> None:
    value = str(PATIENCE_S) if form == "seconds" else formatdate(time() + PATIENCE_S, usegmt=True)
    upstream.on("", "", fail(status, Retry_After=value))
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    for answer in (client.manifest(NAME, "latest"), client.blob(NAME, image.layer_digest)):
        assert answer.status == 503
        assert 1 <= int(answer.header("Retry-After")) <= PATIENCE_S
    assert len(upstream.requests) == 1
    assert held_off(longshore) == 1


def test_meanwhile_what_is_cached_is_served_stale_and_costs_no_request(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="0s", stale_if_error="1h")
    assert longshore.client().manifest(NAME, "latest").status == 200
    upstream.on("HEAD", "", fail(429, Retry_After=str(PATIENCE_S)))
    upstream.forget()
    for _ in range(5):
        answer = longshore.client().manifest(NAME, "latest")
        assert answer.body == image.manifest
        assert "fwd=stale" in answer.header("Cache-Status")
        assert answer.header("Warning").startswith("110 ")
    assert upstream.heads("/manifests/latest") == 1


def test_afterwards_it_is_asked_again(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    upstream.on("", "", fail(429, Retry_After="1"))
    longshore = start_longshore({"docker.io": upstream.url})
    assert longshore.client().manifest(NAME, "latest").status == 503
    upstream.behave()
    until(
        lambda: longshore.client().manifest(NAME, "latest").body == image.manifest,
        "it is asked again",
    )


def test_a_token_server_out_of_patience_is_not_asked_either(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    issuer = HttpServer(lambda request: reply(429, Retry_After=str(PATIENCE_S)))
    try:
        upstream.on("", "", require_bearer(f"{issuer.url}/token", "any", lambda token: False))
        longshore = start_longshore({"docker.io": upstream.url})
        for _ in range(3):
            answer = longshore.client().manifest(NAME, "latest")
            assert answer.status == 503
            assert answer.header("Retry-After")
        assert len(issuer.requests) == 1
    finally:
        issuer.stop()


def test_the_limit_is_shown_as_the_upstream_says_it(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": upstream.url})
    assert longshore.client().manifest(NAME, "latest").status == 200
    assert 'longshore_upstream_ratelimit_limit{' not in longshore.metrics().text
    said = {"ratelimit_limit": "100;w=21600", "ratelimit_remaining": "76;w=21600"}
    upstream.on("", "", with_headers(**said))
    assert longshore.client().blob(NAME, image.layer_digest).status == 200
    assert longshore.client().manifest(NAME, "missing").status == 404
    assert gauge(longshore, "ratelimit_limit") == 100
    assert gauge(longshore, "ratelimit_remaining") == 76


def test_the_limit_is_no_longer_shown_when_it_no_longer_holds(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore, folder: Path
) -> None:
    """Another account has another one. Nobody asks the upstream meanwhile, and an alert of what was
    left must end all the same; that it does when the window is over is a unit test's."""
    password = folder / "password"
    password.write_text("old")
    account = {"username": "robot", "password_file": str(password)}
    longshore = start_longshore({"docker.io": {"url": upstream.url, **account}})
    upstream.on("", "", with_headers(ratelimit_limit="100;w=21600", ratelimit_remaining="1;w=21600"))
    assert longshore.client().blob(NAME, image.layer_digest).status == 200
    assert gauge(longshore, "ratelimit_remaining") == 1
    password.write_text("new")
    reload(longshore)
    assert "longshore_upstream_ratelimit_limit{" not in longshore.metrics().text
    assert "longshore_upstream_ratelimit_remaining{" not in longshore.metrics().text


def test_while_little_is_left_tags_are_believed_for_longer(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """Beyond tag_ttl nothing is asked; without a limit a HEAD would be (test_freshness.py)."""
    said = {"ratelimit_limit": "100;w=21600", "ratelimit_remaining": "1;w=21600"}
    upstream.on("", "", with_headers(**said))
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="2s")
    assert longshore.client().manifest(NAME, "latest").status == 200
    upstream.forget()

    def is_hit() -> bool:
        answer = longshore.client().manifest(NAME, "latest")
        return answer.header("Cache-Status") == "longshore; hit"

    hold(is_hit, "the tag is a hit", seconds=3)
    assert upstream.heads("/manifests/latest") == 0
