"""SIGHUP: what can change does, for what begins from then on; nothing that runs is touched."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from support.behaviours import Hold
from support.download import Download
from support.fixtures import StartLongshore
from support.http_client import connect
from support.http_server import Reply, Request, reply
from support.longshore import one_connection
from support.payload import MIB, payload
from support.reload import configure, reload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NAME = "library/app"
PING = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_reload_keeps_every_connection_and_every_download(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(4 * MIB))
    held = Hold(at=MIB)
    upstream.on("GET", digest, held)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "head")
    until(download.has_begun, "the download has begun")
    with connect(longshore.port) as sock:
        sock.sendall(PING)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
        configure(longshore, tag_ttl="5s", log={"level": "info", "format": "json"})
        reload(longshore)
        sock.sendall(PING)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    held.release()
    assert download.digest() == digest


def test_a_shorter_tag_ttl_holds_at_once(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    upstream.repository(NAME).add_image(payload(1000), "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    longshore.until_hit(f"{NAME}/manifests/latest")
    configure(longshore, tag_ttl="0s")
    (said,) = reload(longshore)
    assert (said["msg"], said["changed"]) == ("configuration reloaded", "tag_ttl")

    def revalidated() -> bool:
        return "revalidated" in longshore.client().manifest(NAME, "latest").header("Cache-Status")

    until(revalidated, "every loop has the new setting")
    assert upstream.heads("latest") >= 1


def test_new_credentials_are_used(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """A password that was changed at the registry: the file that holds it is read again."""
    upstream.repository(NAME).add_image(payload(1000), "latest")
    right = "Basic " + base64.b64encode(b"robot:new").decode()

    def guard(request: Request, answer: Reply) -> Reply:
        if request.headers.get("authorization") == right:
            return answer
        return reply(401, b"{}", WWW_Authenticate='Basic realm="r"')

    upstream.on("", "latest", guard)
    password = folder / "password"
    password.write_text("old\n")
    longshore = start_longshore(
        {
            "docker.io": {
                "url": upstream.url,
                "username": "robot",
                "password_file": str(password),
            }
        }
    )
    assert longshore.client().manifest(NAME, "latest").status == 403
    password.write_text("new\n")
    reload(longshore)
    assert longshore.client().manifest(NAME, "latest").status == 200
    assert "robot:new" not in longshore.log_text()


def test_a_lower_limit_holds_for_connections_to_come(start_longshore: StartLongshore) -> None:
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"})
    with connect(longshore.port) as first:
        first.sendall(PING)
        assert first.recv(4096).startswith(b"HTTP/1.1 200")
        configure(longshore, max_connections_per_client=1)
        reload(longshore)

        def refused() -> bool:
            with connect(longshore.port) as second:
                second.sendall(PING)
                return second.recv(4096).startswith(b"HTTP/1.1 503")

        until(refused, "a second connection is refused")
        first.sendall(PING)
        assert first.recv(4096).startswith(b"HTTP/1.1 200")


def test_what_needs_a_restart_is_named(start_longshore: StartLongshore) -> None:
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"})
    configure(longshore, region="elsewhere", threads=1, drain="1s")
    said = reload(longshore)
    assert [line["key"] for line in said[:-1]] == ["region", "threads"]
    assert all("restart" in line["msg"] for line in said[:-1])


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [("tag_ttl: soon\n", 1, "tag_ttl"), ("region: a\ncolour: blue\n", 2, "colour"), ("a: [", 1, "")],
)
def test_a_file_with_an_error_changes_nothing_and_says_where_it_is(
    start_longshore: StartLongshore, text: str, line: int, key: str
) -> None:
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"})
    longshore.config_path.write_text(text)
    (said,) = reload(longshore)
    assert (said["file"], said["line"], said["key"]) == (str(longshore.config_path), line, key)
    assert said["level"] == "error" and said["reason"]
    with connect(longshore.port) as sock:
        sock.sendall(PING)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
