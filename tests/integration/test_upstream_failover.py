"""Several URLs of one upstream: the first that works is asked, whatever ails those before it, and a
wrong one harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Any

import pytest

from support import raw_upstream
from support.behaviours import After, Times, corrupt, cut, fail, require_bearer
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import KIB, MIB, payload
from support.ports import free_port
from support.raw_upstream import RawUpstream, Script
from support.scripted_upstream import Image, ScriptedUpstream
from support.token_issuer import TokenIssuer
from support.wait import until

NAME = "library/app"
FAILURES = "longshore_upstream_failures_total"


@pytest.fixture
def second() -> Iterator[ScriptedUpstream]:
    server = ScriptedUpstream()
    yield server
    server.stop()


@pytest.fixture
def image(upstream: ScriptedUpstream, second: ScriptedUpstream) -> Image:
    """Both have it."""
    for server in (upstream, second):
        image = server.repository(NAME).add_image(payload(100 * KIB), "latest")
    return image


def with_urls(*urls: str, **settings: Any) -> dict[str, Any]:
    return {"docker.io": {"urls": list(urls), **settings}}


def failures(longshore: Longshore, reason: str) -> float:
    return longshore.metrics().total(FAILURES, upstream="docker.io", reason=reason)


def gauge(longshore: Longshore, name: str) -> float:
    return longshore.metrics().total(f"longshore_upstream_{name}", upstream="docker.io")


def assert_pulls(longshore: Longshore, image: Image) -> None:
    client = longshore.client()
    assert client.manifest(NAME, "latest").body == image.manifest
    assert client.blob(NAME, image.layer_digest).body == payload(100 * KIB)


def test_the_first_url_is_preferred_while_it_works(
    image: Image,
    upstream: ScriptedUpstream,
    second: ScriptedUpstream,
    start_longshore: StartLongshore,
) -> None:
    longshore = start_longshore(with_urls(upstream.url, second.url))
    assert_pulls(longshore, image)
    assert upstream.requests
    assert second.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_where_the_first_answers_with_a_failure_the_second_serves(
    image: Image,
    upstream: ScriptedUpstream,
    second: ScriptedUpstream,
    start_longshore: StartLongshore,
    status: int,
) -> None:
    upstream.on("", "", fail(status))
    longshore = start_longshore(with_urls(upstream.url, second.url))
    assert_pulls(longshore, image)
    assert failures(longshore, f"status_{'429' if status == 429 else '5xx'}") >= 1
    assert gauge(longshore, "up") == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [(raw_upstream.hang, "timeout"), (raw_upstream.close, "broken")],
    ids=["hang", "closed"],
)
def test_where_the_first_does_not_answer_the_second_serves(
    image: Image,
    second: ScriptedUpstream,
    start_longshore: StartLongshore,
    script: Script,
    reason: str,
) -> None:
    first = RawUpstream(script)
    try:
        # Only where that is the fault: a busy machine must not make another one of it.
        first_byte = "2s" if reason == "timeout" else "60s"
        longshore = start_longshore(
            with_urls(first.url, second.url), upstream_first_byte=first_byte
        )
        assert_pulls(longshore, image)
        assert failures(longshore, reason) >= 1
        assert gauge(longshore, "up") == 1
    finally:
        first.stop()


def test_where_the_first_refuses_connections_the_second_serves(
    image: Image, second: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore(with_urls(f"http://127.0.0.1:{free_port()}", second.url))
    assert_pulls(longshore, image)
    assert failures(longshore, "connect") >= 1
    assert gauge(longshore, "up") == 1


def test_what_the_first_does_not_have_is_not_looked_for_elsewhere(
    image: Image,
    upstream: ScriptedUpstream,
    second: ScriptedUpstream,
    start_longshore: StartLongshore,
) -> None:
    del upstream.repository(NAME).tags["latest"]
    longshore = start_longshore(with_urls(upstream.url, second.url))
    assert longshore.client().manifest(NAME, "latest").status == 404
    assert second.requests == []


def test_after_a_while_only_the_one_that_works_is_asked(
    image: Image,
    upstream: ScriptedUpstream,
    second: ScriptedUpstream,
    start_longshore: StartLongshore,
) -> None:
    upstream.on("", "", fail(500))
    longshore = start_longshore(with_urls(upstream.url, second.url), tag_ttl="0s")

    def first_is_left_alone() -> bool:
        upstream.forget()
        assert longshore.client().manifest(NAME, "latest").body == image.manifest
        return upstream.requests == []

    until(first_is_left_alone, "the first is not asked")
    assert (gauge(longshore, "up"), gauge(longshore, "breaker_open")) == (1, 0)


def test_a_blob_broken_off_by_the_first_is_continued_by_the_second(
    upstream: ScriptedUpstream, second: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(16 * MIB)
    for server in (upstream, second):
        digest = server.repository(NAME).add_blob(data)
    upstream.on("GET", digest, Times(1, cut(8 * MIB)))
    upstream.on("GET", digest, After(1, fail(500)))
    longshore = start_longshore(
        with_urls(upstream.url, second.url, max_connections_per_blob=1)
    )
    assert longshore.client().blob(NAME, digest).body == data
    assert all("range" in request.headers for request in second.asked("GET", digest))
    assert longshore.metrics().total("longshore_upstream_bytes_total") <= 17 * MIB


def test_a_second_url_with_wrong_bytes_harms_nobody(
    upstream: ScriptedUpstream, second: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """The digest proves what any of them sends."""
    data = payload(4 * MIB)
    for server in (upstream, second):
        digest = server.repository(NAME).add_blob(data)
    upstream.on("", "", fail(500))
    second.on("GET", digest, corrupt(MIB))
    longshore = start_longshore(with_urls(upstream.url, second.url))
    with pytest.raises(IncompleteRead):
        longshore.client().blob(NAME, digest)
    assert longshore.stored_digests() == set()
    assert longshore.metrics().total("longshore_digest_mismatches_total") >= 1
    upstream.behave()
    until(lambda: whole(longshore, digest) == data, "the right bytes, from the first")


def whole(longshore: Longshore, digest: str) -> bytes | None:
    try:
        return longshore.client().blob(NAME, digest).body
    except IncompleteRead:
        return None


def test_a_token_of_one_url_is_not_shown_to_the_other(
    image: Image,
    upstream: ScriptedUpstream,
    second: ScriptedUpstream,
    start_longshore: StartLongshore,
) -> None:
    issuer = TokenIssuer()
    try:
        upstream.on("", "", fail(500))
        scope = f"repository:{NAME}:pull"
        upstream.on("", "", require_bearer(issuer.realm, scope, issuer.is_valid))
        longshore = start_longshore(with_urls(upstream.url, second.url))
        assert_pulls(longshore, image)
        assert any("authorization" in request.headers for request in upstream.requests)
        assert not any("authorization" in request.headers for request in second.requests)
    finally:
        issuer.stop()


def test_when_all_fail_the_client_is_told_once_and_clearly(
    upstream: ScriptedUpstream, second: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    for server in (upstream, second):
        server.on("", "", fail(503))
    longshore = start_longshore(with_urls(upstream.url, second.url))
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status == 503
    assert answer.header("Retry-After")
    assert "docker.io" in answer.error_message
    assert len(upstream.requests) <= 3
    assert len(second.requests) <= 3
    assert gauge(longshore, "up") == 0
