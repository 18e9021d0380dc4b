"""The subcommands against a running Longshore, as an operator types them."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from http.client import HTTPConnection
from pathlib import Path

from support.admin import command, longshore_command, read
from support.behaviours import Hold
from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import BINARY, COMMAND_S, Longshore
from support.one_image import NAME, REF
from support.payload import MIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

READ_S = 60.0


def test_an_image_is_explained_warmed_listed_pinned_proven_and_purged(
    longshore: Longshore, image: Image
) -> None:
    before = command(longshore, "why", "app")
    assert before.status == 0, before
    assert before.out.startswith(f"{REF}: miss\n")

    warmed = command(longshore, "warm", "app")
    assert warmed.status == 0, warmed
    layer = image.layer_digest[:19]
    assert [line.split() for line in warmed.out.splitlines() if layer in line][-1] == [
        layer,
        "present",
        "2.0",
        "MiB",
    ]
    assert warmed.out.endswith(f"{REF}: all of it is here\n")

    after = command(longshore, "why", "app")
    assert after.out.startswith(f"{REF}: hit\n")
    assert "tag_ttl" in after.out
    assert "to fetch: 0 B of 2.0 MiB" in after.out

    assert REF in command(longshore, "ls", "library/app").out
    assert command(longshore, "ls", "alpine").out == ""
    assert command(longshore, "pin", "app").out.startswith(f"{REF} is pinned")
    assert REF in command(longshore, "pin").out
    assert REF in command(longshore, "ls", "--pinned").out

    verified = command(longshore, "verify")
    assert verified.status == 0, verified
    assert verified.out.startswith("2 blobs, 2.0 MiB: all bytes")

    assert "stay as they are pinned" in command(longshore, "purge", "app").out
    one = command(longshore, "purge", "app", "--force", "--dry-run")
    assert one.out.startswith("would purge 1 tags, 1 manifests and "), one
    layer_only = command(longshore, "purge", image.layer_digest, "--force", "--dry-run", "--json")
    assert layer_only.json()["blobs"] == 1
    dry = command(longshore, "purge", "docker.io/*", "--dry-run")
    assert dry.out == f"{REF} (pinned)\n"
    assert command(longshore, "purge", "app", "--force").out.startswith("purged 1 tags")
    assert command(longshore, "unpin", "app").status == 0
    assert read(longshore, "ls")["images"] == []


def test_every_answer_comes_as_json(longshore: Longshore) -> None:
    assert command(longshore, "warm", "app", "--json").json()["state"] == "done"
    assert command(longshore, "why", "app", "--json").json()["verdict"] == "hit"
    assert command(longshore, "ls", "--json").json()[0]["reference"] == REF
    assert command(longshore, "stats", "--json").json()["region"] == "test"
    assert command(longshore, "fills", "--json").json() == {"fills": []}
    assert command(longshore, "pin", "--json").json() == {"pins": []}
    assert command(longshore, "verify", "--json").json()["damaged"] == []
    assert command(longshore, "drain", "--json").json()["ready"] is False
    assert command(longshore, "purge", "app", "--json").json()["tags"] == 1


def test_stats_fit_on_a_screen(longshore: Longshore) -> None:
    longshore.client().manifest(NAME, "latest")
    out = command(longshore, "stats").out
    assert "region test, ready" in out
    assert "of 4.0 GiB" in out
    assert len(out.splitlines()) < 12


def test_a_pattern_is_purged_but_for_what_is_pinned(
    longshore: Longshore, upstream: ScriptedUpstream
) -> None:
    repository = upstream.repository(NAME)
    for seed, tag in enumerate(("v1", "v2", "v3")):
        repository.add_image(payload(1000, seed), tag)
        longshore.until_hit(f"{NAME}/manifests/{tag}")
    assert command(longshore, "pin", "app:v2").status == 0
    dry = command(longshore, "purge", "docker.io/library/*", "--dry-run")
    assert dry.out.splitlines() == [
        "docker.io/library/app:v1",
        "docker.io/library/app:v2 (pinned)",
        "docker.io/library/app:v3",
    ]
    assert dry.err == "3 images match; nothing was purged\n"
    told = command(longshore, "purge", "docker.io/library/*", "--dry-run", "--json").json()
    assert [one["pinned"] for one in told] == [False, True, False]
    purged = command(longshore, "purge", "docker.io/library/*")
    assert purged.status == 0
    assert purged.out.startswith("purged 2 tags")
    assert [one["reference"] for one in read(longshore, "ls")["images"]] == [
        "docker.io/library/app:v2"
    ]
    refused = command(longshore, "purge", "quay.io/*")
    assert (refused.status, refused.out) == (1, "")


def test_a_limit_is_of_what_is_listed(longshore: Longshore, upstream: ScriptedUpstream) -> None:
    repository = upstream.repository(NAME)
    for seed, tag in enumerate(("v1", "v2", "v3")):
        repository.add_image(payload(1000, seed), tag)
        longshore.until_hit(f"{NAME}/manifests/{tag}")
    assert command(longshore, "pin", "app:v3").status == 0
    pinned = command(longshore, "ls", "--pinned", "--limit", "1")
    assert "docker.io/library/app:v3" in pinned.out
    assert pinned.err == "", "there is no other"
    assert command(longshore, "ls", "--limit", "3").err == ""
    some = command(longshore, "ls", "--limit", "2")
    assert "stopped after 2 images" in some.err
    assert "app:v3" not in some.out


def read_until(terminal: int, text: bytes, seen: bytes = b"") -> bytes:
    """What a terminal shows until `text` is in it."""
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], READ_S)
        assert ready, f"{text!r} did not come: {seen!r}"
        seen += os.read(terminal, 65536)
    return seen


def test_warm_draws_a_bar_on_a_terminal(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    hold = Hold(at=MIB)
    upstream.on("GET", image.layer_digest, hold)
    main, side = pty.openpty()
    process = subprocess.Popen(
        [str(BINARY), "warm", "--config", str(longshore.config_path), "app"], stdout=side
    )
    os.close(side)
    try:
        seen = read_until(main, b"1.0 MiB of 2.0 MiB")
        assert b"[=" in seen
        assert b"/s" in seen
        hold.release()
        assert process.wait(COMMAND_S) == 0
        seen = read_until(main, b"all of it is here", seen)
        assert b"present  2.0 MiB" in seen
    finally:
        hold.release()
        process.kill()
        process.wait()
        os.close(main)


def test_drain_waits_for_what_is_being_answered_and_for_no_idle_connection(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream, folder: Path
) -> None:
    idle = HTTPConnection("127.0.0.1", longshore.port)
    idle.request("GET", "/v2/")
    idle.getresponse().read()
    hold = Hold(at=MIB)
    upstream.on("GET", image.layer_digest, hold)
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{image.layer_digest}", folder / "layer")
    try:
        until(lambda: read(longshore, "stats")["requests"] == 1, "the download is under way")
        early = command(longshore, "drain", "--wait", "1")
        assert early.status == 1
        assert "1 requests are still being answered" in early.err
        drain = [BINARY, "drain", "--config", longshore.config_path, "--wait", "60"]
        with subprocess.Popen(drain) as waiting:
            hold.release()
            assert download.digest() == image.layer_digest
        assert waiting.returncode == 0
        until(lambda: read(longshore, "stats")["connections"] == 1, "the idle one is left")
        assert longshore.admin("/readyz").status == 503
        assert command(longshore, "drain", "--undo").status == 0
        assert longshore.admin("/readyz").status == 200
    finally:
        hold.release()
        idle.close()


def test_it_finds_the_listener_by_address(longshore: Longshore) -> None:
    said = longshore_command("stats", "--admin", f"127.0.0.1:{longshore.admin_port}")
    assert said.status == 0
    assert "region test" in said.out


def test_the_token_comes_from_the_configuration_or_a_file(
    folder: Path, start_longshore: StartLongshore
) -> None:
    token = folder / "token"
    token.write_text("s3cret\n")
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"}, admin_token_file=str(token))
    assert command(longshore, "stats").status == 0
    address = f"127.0.0.1:{longshore.admin_port}"
    without = longshore_command("stats", "--admin", address)
    assert without.status == 1
    assert "--token-file" in without.err
    assert longshore_command("stats", "--admin", address, "--token-file", str(token)).status == 0


def test_errors_say_what_to_do_next(longshore: Longshore, folder: Path) -> None:
    nobody = longshore_command("stats", "--admin", "127.0.0.1:9")
    assert nobody.status == 1
    assert "Is longshore running?" in nobody.err
    unknown = command(longshore, "purge", "nothing")
    assert unknown.status == 1
    assert "longshore ls" in unknown.err
    bad = command(longshore, "why", "Not-An-Image")
    assert bad.status == 1
    assert "docker.io/library/debian:12" in bad.err
    no_config = longshore_command("stats", "--config", str(folder / "nowhere.yaml"))
    assert no_config.status == 1
    assert "--admin ADDRESS needs no configuration" in no_config.err
    assert longshore_command("why").status == 2
    for words in (("nonsense",), ("nonsense", "--help"), ("ls", "--nonsense", "--help")):
        said = longshore_command(*words)
        assert said.status == 2
        assert "nonsense" in said.err
    assert longshore_command("ls", "--help").status == 0


def test_nothing_is_left_filling(longshore: Longshore) -> None:
    command(longshore, "warm", "app")
    until(lambda: command(longshore, "fills").out == "nothing is being fetched\n", "no fill")
