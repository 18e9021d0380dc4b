"""Who may see what: a blob that came through one repository is no free gift to the readers of
another.
"""

from __future__ import annotations

import pytest

from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import KIB, payload
from support.scripted_upstream import ScriptedUpstream

MINE, YOURS = "team-a/app", "team-b/app"
DATA = payload(100 * KIB)


@pytest.fixture
def digest(upstream: ScriptedUpstream) -> str:
    upstream.repository(YOURS)
    return upstream.repository(MINE).add_blob(DATA)


@pytest.fixture
def longshore(
    digest: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> Longshore:
    """The blob is stored, pulled through the first repository."""
    longshore = start_longshore({"docker.io": {"url": upstream.url, "prefetch": False}})
    assert longshore.client().blob(MINE, digest).body == DATA
    upstream.forget()
    return longshore


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_repository_that_does_not_hold_it_is_refused(
    longshore: Longshore, digest: str, method: str
) -> None:
    answer = longshore.client().blob(YOURS, digest, method=method)
    assert answer.status == 404
    assert DATA not in answer.body


def test_a_repository_that_holds_it_is_confirmed_without_a_second_download(
    longshore: Longshore, upstream: ScriptedUpstream, digest: str
) -> None:
    upstream.repository(YOURS).add_blob(DATA)
    assert longshore.client().blob(YOURS, digest).body == DATA
    assert [(r.method, r.path) for r in upstream.requests] == [
        ("HEAD", f"/v2/{YOURS}/blobs/{digest}")
    ]
    upstream.forget()
    assert longshore.client().blob(YOURS, digest).body == DATA
    assert upstream.requests == []


def test_a_manifest_that_names_it_is_confirmation_enough(
    longshore: Longshore, upstream: ScriptedUpstream, digest: str
) -> None:
    upstream.repository(YOURS).add_image(DATA, "latest")
    assert longshore.client().manifest(YOURS, "latest").status == 200
    upstream.forget()
    assert longshore.client().blob(YOURS, digest).body == DATA
    assert upstream.requests == []


def test_without_the_upstream_only_those_who_hold_it_are_served(
    longshore: Longshore, upstream: ScriptedUpstream, digest: str
) -> None:
    upstream.stop()
    assert longshore.client().blob(MINE, digest).body == DATA
    refused = longshore.client().blob(YOURS, digest)
    assert refused.status in (502, 503, 504)
    assert DATA not in refused.body


def test_a_manifest_stored_through_one_repository_is_not_served_in_another(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(MINE).add_image(DATA, "latest")
    upstream.repository(YOURS)
    client = start_longshore({"docker.io": upstream.url}).client()
    assert client.manifest(MINE, "latest").status == 200
    assert client.manifest(YOURS, image.manifest_digest).status == 404
