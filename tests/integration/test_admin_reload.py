"""A reload that the admin listener is asked for, and what page and API say after one."""

from __future__ import annotations

import pytest

from support.admin import ask, change, command, longshore_command, read
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.one_image import NAME, REF
from support.payload import payload
from support.reload import configure, reload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until


def test_a_reload_tells_what_is_in_force_and_holds_at_once(longshore: Longshore) -> None:
    longshore.until_hit(f"{NAME}/manifests/latest")
    assert read(longshore, "why", ref=REF)["verdict"] == "hit"
    configure(longshore, tag_ttl="0s", region="elsewhere")
    assert change(longshore, "reload") == {
        "changed": ["tag_ttl"],
        "need_restart": ["region"],
        "certificates": 0,
        "message": "reloaded; changed: tag_ttl; as before until a restart: region",
    }
    assert read(longshore, "why", ref=REF)["verdict"] == "revalidated"
    for _ in range(8):  # whichever loop takes it
        answer = longshore.client().manifest(NAME, "latest")
        assert "revalidated" in answer.header("Cache-Status")
    assert change(longshore, "reload")["changed"] == []


def test_the_subcommand_says_the_same(longshore: Longshore) -> None:
    configure(longshore, drain="1s")
    said = command(longshore, "reload")
    assert (said.status, said.out) == (0, "reloaded; changed: drain\n")
    assert command(longshore, "reload", "--json").json()["changed"] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("tag_ttl: soon\ncolour: blue\n", (":1: tag_ttl:", ":2: colour:")),
        ("a: [", ("longshore.yaml",)),
        (None, ("longshore.yaml",)),
    ],
)
def test_a_bad_file_changes_nothing_and_the_answer_says_what_to_do(
    longshore: Longshore, text: str | None, wrong: tuple[str, ...]
) -> None:
    good = longshore.config_path.read_text()
    if text is None:
        longshore.config_path.unlink()
    else:
        longshore.config_path.write_text(text)
    answer = ask(longshore, "POST", "reload")
    assert answer.status == 400
    message = answer.json()["error"]["message"]
    for words in ("nothing is changed", *wrong, "reload again"):
        assert words in message
    by_address = longshore_command("reload", "--admin", f"127.0.0.1:{longshore.admin_port}")
    assert (by_address.status, by_address.err) == (1, f"longshore: {message}\n")
    by_file = command(longshore, "reload")
    assert by_file.status == 1
    assert "--admin ADDRESS needs no configuration" in by_file.err
    assert longshore.client().manifest(NAME, "latest").status == 200

    longshore.config_path.write_text(good)
    assert change(longshore, "reload")["message"] == "reloaded; nothing changed"


def test_a_foreign_page_reloads_nothing(longshore: Longshore) -> None:
    configure(longshore, drain="1s")
    assert ask(longshore, "POST", "reload", {"Origin": "http://evil.example"}).status == 403
    assert change(longshore, "reload")["changed"] == ["drain"]


def upstreams_on(page: str) -> list[str]:
    return [name for name in ("docker.io", "quay.io", "ghcr.io") if f"<strong>{name}</strong>" in page]


def until_counted(longshore: Longshore, **counts: int) -> None:
    """A request is counted when it is over, which its client may know first."""
    until(
        lambda: counts.items() <= read(longshore, "stats")["last_hour"].items(),
        f"the last hour has {counts}",
    )


def test_after_a_signal_why_page_and_stats_tell_of_the_upstreams_in_force(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """Limits of an upstream change at once; which upstreams there are, with a restart."""
    upstream.repository(NAME).add_image(payload(1000), "latest")
    longshore = start_longshore({"docker.io": upstream.url, "quay.io": upstream.url})
    client = longshore.client()
    client.manifest(NAME, "latest")
    until_counted(longshore, hits=0, misses=1)
    configure(
        longshore,
        upstreams={
            "docker.io": {"url": upstream.url, "max_connections": 7},
            "ghcr.io": {"url": upstream.url},
        },
    )
    said = reload(longshore)
    assert {line.get("key") for line in said} == {"upstreams.ghcr.io", "upstreams.quay.io", None}
    assert said[-1]["changed"] == "upstreams.docker.io.max_connections"

    assert read(longshore, "why", ref=REF)["verdict"] == "hit"
    assert read(longshore, "why", ref=f"quay.io/{NAME}")["verdict"] == "miss"
    unknown = ask(longshore, "GET", "why", ref=f"ghcr.io/{NAME}")
    assert unknown.status == 404
    assert "ghcr.io" in unknown.json()["error"]["message"]
    page = longshore.admin("/").body.decode()
    assert upstreams_on(page) == ["docker.io", "quay.io"]
    assert "of 7" in page
    client.manifest(NAME, "latest")
    until_counted(longshore, hits=1, misses=1)
    assert page.count("<svg") >= 2

    longshore.stop()
    longshore.start()
    assert read(longshore, "why", ref=f"ghcr.io/{NAME}")["verdict"] == "miss"
    assert upstreams_on(longshore.admin("/").body.decode()) == ["docker.io", "ghcr.io"]
