"""Starting, stopping and starting again."""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.behaviours import Hold, HoldAnswer
from support.download import Download
from support.fixtures import StartLongshore
from support.http_client import get
from support.longshore import Longshore, one_connection
from support.payload import MIB, payload
from support.ports import answers, free_port
from support.scripted_upstream import ScriptedUpstream
from support.volumes import tmpfs
from support.wait import until

NAME = "library/app"


def test_it_listens_on_several_addresses(start_longshore: StartLongshore) -> None:
    ports = [free_port(), free_port()]
    listen = [f"127.0.0.1:{ports[0]}", f"[::1]:{ports[1]}", f"127.0.0.2:{ports[0]}"]
    start_longshore({"docker.io": "http://127.0.0.1:9"}, listen=listen)
    assert get(ports[0], "/v2/").status == 200
    for host, port in (("::1", ports[1]), ("127.0.0.2", ports[0])):
        assert get(port, "/v2/", host=host).status == 200


def test_what_is_cached_survives_a_restart(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(MIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    paths = [f"{NAME}/manifests/latest", f"{NAME}/blobs/{image.layer_digest}"]
    for path in paths:
        longshore.until_hit(path)
    longshore.stop()
    upstream.stop()
    longshore.start()
    for path in paths:
        assert longshore.client().ask("GET", path).header("Cache-Status") == "longshore; hit"


def test_a_download_in_flight_ends_well_when_the_server_is_told_to_stop(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(16 * MIB))
    hold = Hold(at=MIB)
    upstream.on("GET", digest, hold)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)}, drain="10m")
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "head")
    until(download.has_begun, "the download has begun")

    longshore.process.signal(signal.SIGTERM)
    until(lambda: not answers(longshore.port), "no new client is taken")
    assert longshore.admin("/readyz").status == 503
    hold.release()
    assert download.digest() == digest
    assert longshore.process.exit_status() == 0


def test_a_log_that_nobody_reads_holds_up_neither_pulls_nor_the_end(
    folder: Path, upstream: ScriptedUpstream, servers: ExitStack
) -> None:
    image = upstream.repository(NAME).add_image(payload(MIB), "latest")
    log = folder / "stuck"
    os.mkfifo(log)
    reader = os.open(log, os.O_RDWR)
    servers.callback(os.close, reader)
    assert fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096) == 4096  # of 200 requests it holds some ten

    longshore = Longshore(folder / "longshore", {"docker.io": upstream.url})
    servers.callback(longshore.stop)
    longshore.start(within=lambda argv: ["sh", "-c", 'exec "$@" 2>"$0"', log, *argv])
    for _ in range(200):
        assert longshore.client().manifest(NAME, "latest").body == image.manifest
    longshore.process.signal(signal.SIGTERM)
    assert longshore.process.exit_status() == 0


def test_a_download_that_outlasts_the_drain_is_cut(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(16 * MIB))
    hold = Hold(at=MIB)
    upstream.on("GET", digest, hold)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)}, drain="1s")
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "head")
    until(download.has_begun, "the download has begun")
    longshore.process.signal(signal.SIGTERM)
    assert longshore.process.exit_status() == 0
    assert download.digest() is None
    hold.release()


def test_it_stops_while_an_upstream_is_asked_for_what_will_not_be_stored(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(16 * MIB), "latest")
    hold = HoldAnswer()
    upstream.on("GET", image.layer_digest, hold)
    with tmpfs(folder / "disk", 16 * MIB) as disk:
        cache = {"path": str(disk / "c")}
        longshore = start_longshore({"docker.io": upstream.url}, cache=cache, drain="0s")
        longshore.until_hit(f"{NAME}/manifests/latest")
        download = Download(f"{longshore.url}/v2/{NAME}/blobs/{image.layer_digest}", folder / "head")
        until(hold.reached.is_set, "the upstream is asked")
        longshore.stop()
        assert download.digest() is None
        hold.release()


def test_an_idle_server_stops_at_once(start_longshore: StartLongshore) -> None:
    """It does not wait for the end of the drain, which nobody would live to see."""
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"}, drain="10m")
    get(longshore.port, "/v2/")
    longshore.process.signal(signal.SIGTERM)
    assert longshore.process.exit_status() == 0


def test_a_port_that_is_taken_is_told(folder: Path, start_longshore: StartLongshore) -> None:
    first = start_longshore({"docker.io": "http://127.0.0.1:9"})
    second = Longshore(
        folder / "second", {"docker.io": "http://127.0.0.1:9"}, listen=[first.address]
    )
    assert first.address in second.refuse_to_start()


def test_two_processes_never_share_a_cache(folder: Path, start_longshore: StartLongshore) -> None:
    upstreams = {"docker.io": "http://127.0.0.1:9"}
    first = start_longshore(upstreams)
    second = Longshore(folder / "second", upstreams, cache={"path": str(first.cache)})
    assert str(first.cache) in second.refuse_to_start()
    assert get(first.port, "/v2/").status == 200


@pytest.mark.parametrize("written", ["999\n", "", "not a version\n"])
def test_a_cache_of_an_unknown_format_is_refused_and_left_alone(
    start_longshore: StartLongshore, written: str
) -> None:
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"})
    longshore.stop()
    (longshore.cache / "FORMAT").write_text(written)
    assert "format" in longshore.refuse_to_start().lower()
    assert (longshore.cache / "FORMAT").read_text() == written
