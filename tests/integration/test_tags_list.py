"""tags/list: pages of the upstream, with links that lead back through the proxy."""

from __future__ import annotations

import re

import pytest

from support.behaviours import fail
from support.fixtures import StartLongshore
from support.http_client import get
from support.http_server import reply
from support.longshore import Longshore
from support.payload import payload
from support.scripted_upstream import ScriptedUpstream

NAME = "org/app"
TAGS = [f"v{number:02}" for number in range(25)]
NEXT = re.compile(r'^<(?P<target>/v2/[^>]*)>; ?rel="?next"?$')


@pytest.fixture
def longshore(upstream: ScriptedUpstream, start_longshore: StartLongshore) -> Longshore:
    repository = upstream.repository(NAME)
    for tag in TAGS:
        repository.add_image(payload(10), tag)
    upstream.page_size = 10
    return start_longshore({"docker.io": "http://127.0.0.1:9", "quay.io": upstream.url})


def all_pages(longshore: Longshore, target: str) -> tuple[list[str], list[str]]:
    """The tags of every page, and the links that led from one to the next."""
    tags: list[str] = []
    links: list[str] = []
    for _ in range(len(TAGS)):
        answer = get(longshore.port, target)
        assert answer.status == 200
        tags += answer.json()["tags"]
        if not answer.header("Link"):
            return tags, links
        link = NEXT.match(answer.header("Link"))
        assert link is not None, answer.header("Link")
        target = link["target"]
        links.append(target)
    raise AssertionError("the links never end")


def test_links_lead_through_all_pages_and_keep_ns(longshore: Longshore) -> None:
    tags, links = all_pages(longshore, f"/v2/{NAME}/tags/list?ns=quay.io")
    assert tags == TAGS
    assert len(links) == 2
    assert all(link.startswith(f"/v2/{NAME}/tags/list?") and "ns=quay.io" in link for link in links)


def test_links_keep_an_upstream_named_in_the_path(longshore: Longshore) -> None:
    tags, links = all_pages(longshore, f"/v2/quay.io/{NAME}/tags/list")
    assert tags == TAGS
    assert all(link.startswith(f"/v2/quay.io/{NAME}/tags/list?") for link in links)


def test_n_and_last_are_passed_on(longshore: Longshore) -> None:
    answer = get(longshore.port, f"/v2/{NAME}/tags/list?n=3&last=v04&ns=quay.io")
    assert answer.json()["tags"] == ["v05", "v06", "v07"]
    assert "n=3" in answer.header("Link")
    assert "last=v07" in answer.header("Link")


def test_n_of_zero_is_an_empty_page_without_a_link(longshore: Longshore) -> None:
    answer = get(longshore.port, f"/v2/{NAME}/tags/list?n=0&ns=quay.io")
    assert answer.status == 200
    assert not answer.json()["tags"]
    assert answer.header("Link") == ""


def test_while_the_upstream_fails_the_tags_that_were_pulled_are_listed_a_page_at_a_time(
    longshore: Longshore, upstream: ScriptedUpstream
) -> None:
    for tag in ("v03", "v01", "v02"):
        longshore.client("quay.io").manifest(NAME, tag)
    upstream.on("", "/tags/list", fail(503))
    answer = get(longshore.port, f"/v2/{NAME}/tags/list?ns=quay.io")
    assert answer.json() == {"name": NAME, "tags": ["v01", "v02", "v03"]}
    assert "fwd=stale" in answer.header("Cache-Status")
    assert answer.header("Link") == ""

    first = get(longshore.port, f"/v2/{NAME}/tags/list?n=2&ns=quay.io")
    assert first.json()["tags"] == ["v01", "v02"]
    link = NEXT.match(first.header("Link"))
    assert link is not None, first.header("Link")
    rest = get(longshore.port, link["target"])
    assert rest.json()["tags"] == ["v03"]
    assert rest.header("Link") == ""


def test_while_the_upstream_fails_what_was_never_pulled_has_no_list(
    longshore: Longshore, upstream: ScriptedUpstream
) -> None:
    upstream.on("", "/tags/list", fail(503))
    answer = get(longshore.port, f"/v2/{NAME}/tags/list?ns=quay.io")
    assert answer.status == 503


@pytest.mark.parametrize("n", ["-1", "x", ""])
def test_an_n_that_is_no_number_is_refused_without_asking(
    longshore: Longshore, upstream: ScriptedUpstream, n: str
) -> None:
    answer = get(longshore.port, f"/v2/{NAME}/tags/list?n={n}&ns=quay.io")
    assert answer.status == 400
    assert upstream.gets("/tags/list") == 0


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"tags": 5}'])
def test_an_answer_that_is_no_list_of_tags_is_a_bad_gateway(
    longshore: Longshore, upstream: ScriptedUpstream, body: bytes
) -> None:
    upstream.on("GET", "/tags/list", lambda request, answer: reply(200, body))
    answer = get(longshore.port, f"/v2/{NAME}/tags/list?ns=quay.io")
    assert answer.status == 502
    assert answer.error_message.startswith("the list of tags ")


def test_an_unknown_repository_is_not_found(longshore: Longshore) -> None:
    answer = get(longshore.port, "/v2/org/none/tags/list?ns=quay.io")
    assert (answer.status, answer.error_code) == (404, "NAME_UNKNOWN")
