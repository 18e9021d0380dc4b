"""Clients that try to leave the repository, the header or the log line they are in."""

from __future__ import annotations

import pytest

from support.fixtures import StartLongshore
from support.http_client import ask_raw
from support.payload import payload
from support.scripted_upstream import ScriptedUpstream

NAME = "library/app"
DIGEST = "sha256:" + "0" * 64

TRAVERSALS = [
    "/v2/../../etc/passwd/manifests/latest",
    "/v2/library/../../../etc/manifests/latest",
    "/v2/library/%2e%2e/%2e%2e/etc/manifests/latest",
    "/v2/library/..%2f..%2fetc/manifests/latest",
    "/v2/library/.%00/manifests/latest",
    "/v2/library//app/manifests/latest",
    "/v2/library/app/manifests/..",
    "/v2/library/app/manifests/%2e%2e%2fblobs",
    f"/v2/library/app/blobs/../manifests/{DIGEST}",
    "/v2/library/app/blobs/sha256:../../../../etc/passwd",
    "/v2/library/app/blobs/sha256%3A..%2f..%2fFORMAT",
    "/v2/library/app/referrers/..",
    "/v2/../v2/",
    "/..",
    "/metrics",
    "http://127.0.0.1:9/metrics",
    "http://user@127.0.0.1/v2/",
]

INJECTIONS = [
    "/v2/?ns=docker.io%0d%0aX-Evil:%201",
    "/v2/library/app/manifests/latest?ns=docker.io%0d%0aX-Evil:%201",
    "/v2/library/app/tags/list?ns=docker.io%0aX-Evil:%201",
    "/v2/library/app%0d%0aX-Evil:%201/manifests/latest",
    "/v2/library/app/manifests/latest%0d%0aX-Evil:%201",
    "/v2/library/app/manifests/latest%0d%0a%0d%0aHTTP/1.1%20200%20OK%0d%0aX-Evil:%201",
    f"/v2/library/app/blobs/{DIGEST}%0d%0aX-Evil:%201",
    "/v2/%0d%0aX-Evil:%201/app/tags/list",
]


@pytest.mark.parametrize("target", TRAVERSALS)
def test_no_path_leads_out_of_its_repository(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, target: str
) -> None:
    longshore = start_longshore({"docker.io": upstream.url})
    answer = ask_raw(longshore.port, target)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert b"root:" not in answer and b"longshore cache" not in answer
    assert upstream.requests == []


@pytest.mark.parametrize("target", INJECTIONS)
def test_a_line_break_in_a_name_or_a_namespace_is_refused(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, target: str
) -> None:
    longshore = start_longshore({"docker.io": upstream.url})
    answer = ask_raw(longshore.port, target)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert answer.count(b"HTTP/1.1 ") == 1
    head = answer.partition(b"\r\n\r\n")[0]
    assert not any(line.startswith(b"X-Evil") for line in head.splitlines())
    assert upstream.requests == []
    assert all(line["msg"] for line in longshore.log_lines())


def test_a_line_break_in_a_query_reaches_the_upstream_as_one_value(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """And no header: the query is taken apart and written anew."""
    upstream.repository(NAME).add_image(payload(1000), "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    ask_raw(longshore.port, f"/v2/{NAME}/tags/list?last=%0d%0aX-Evil:%201%0d%0a%0d%0aGET%20/")
    (asked,) = upstream.requests
    assert asked.query == {"last": ["\r\nX-Evil: 1\r\n\r\nGET /"]}
    assert "x-evil" not in asked.headers
