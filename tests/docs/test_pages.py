"""Every command of the pages for users is run, in their order; every piece of configuration in them is read
by who reads it in earnest.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from docs.pages import COMMANDS, LANGUAGES, ROOT, Fence, fences, fences_of, inline_commands, pages
from docs.stage import play, set_up, substituted
from docs.stand_ins import ON_ADMIN, Stage
from support.commands import run
from support.behaviours import corrupt, fail
from support.fixtures import StartLongshore
from support.http_server import HttpServer, reply
from support.longshore import longshore_says
from support.payload import MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

# One GET a line; asked for twice, so that a replay has something to hit.
TRACE = "".join(f"/v2/a/b/blobs/sha256:{n:064x}\n" for n in (*range(200), *range(200)))
ONE_A_LINE = re.compile(r"&&|\|\||;|\\$", re.MULTILINE)


@pytest.fixture
def stage(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore, servers: ExitStack
) -> Stage:
    """Longshore as the package installs it, with two images upstream. It hits one and has none of the other."""
    without_tls = HttpServer(lambda request: reply(200))
    servers.callback(without_tls.stop)
    upstream.repository("library/debian").add_image(payload(MIB), "12")
    upstream.repository("team/app").add_image(payload(1000), "v1")
    longshore = start_longshore(
        {
            "docker.io": {"url": upstream.url, "official_prefix": "library"},
            "quay.io": upstream.url,
            "ghcr.io": f"https://localhost:{without_tls.port}",
        },
        "etc/longshore",
        cache={"path": str(folder / "var/lib/longshore/cache")},
        log={"level": "info", "format": "json"},
    )
    longshore.client().manifest("library/debian", "12")
    longshore.client().manifest("library/none", "12")
    (folder / "etc/longshore/registry.password").write_text("secret\n")
    (folder / "trace").write_text(TRACE)
    work = folder / "work"
    work.mkdir()
    return Stage(folder, work, longshore, folder / "trace")


def of(page: str, language: str) -> list[Fence]:
    return [fence for fence in fences(page) if fence.language == language]


@pytest.mark.parametrize("page", [page for page in pages() if of(page, COMMANDS)])
def test_every_command_of_a_page_works(page: str, stage: Stage) -> None:
    with set_up(stage) as programs:
        for fence in of(page, COMMANDS):
            done = play(stage, programs, fence.text)
            said = f"{fence}: exit status {done.returncode}\n{fence.text}{done.stdout}{done.stderr}"
            assert done.returncode == 0, said


def questions(page: str) -> list[str]:
    """What a page asks the log for."""
    lines = [line for fence in of(page, COMMANDS) for line in fence.text.splitlines()]
    return [line for line in lines if line.startswith("journalctl") and " jq " in line]


def bring_trouble(stage: Stage, upstream: ScriptedUpstream) -> None:
    """What the pages look for: a refusal, wrong bytes, and an upstream (ghcr.io) without TLS."""
    client = stage.longshore.client()
    upstream.on("", "team/secret/manifests/v1", fail(401))
    assert client.manifest("team/secret", "v1").status == 403
    upstream.repository("team/wrong").add_image(payload(1000, 2), "v1")
    upstream.on("GET", "team/wrong/manifests/v1", corrupt(at=10))
    assert client.manifest("team/wrong", "v1").status == 502
    assert stage.longshore.client(ns="ghcr.io").manifest("team/app", "v1").status == 503


@pytest.mark.parametrize("page", [page for page in pages() if questions(page)])
def test_what_a_page_asks_the_log_for_is_in_it(
    page: str, stage: Stage, upstream: ScriptedUpstream
) -> None:
    """A question with a wrong field succeeds, and never finds anything."""
    with set_up(stage) as programs:
        bring_trouble(stage, upstream)
        for question in questions(page):
            until(lambda: play(stage, programs, question).stdout.strip(), question)  # noqa: B023


WRONG = (
    "nonsense --help",
    "systemctl mask longshore",
    "longshore nonsense",
    "curl -s http://127.0.0.1:5000/v2/library/none/manifests/1",
    "docker run debian",
    "helm install edge deploy/helm/longshore --set colour=blue",
    "./dev nonsense",
    "cat /etc/longshore/nothing | true",
)


def test_a_command_that_no_test_knows_or_that_fails_is_noticed(stage: Stage) -> None:
    with set_up(stage) as programs:
        for text in WRONG:
            assert play(stage, programs, f"true\n{text}\ntrue\n").returncode != 0, text
        assert play(stage, programs, "true\nlongshore health\ntrue\n").returncode == 0


@pytest.mark.parametrize("page", pages())
def test_every_fence_says_what_it_holds_and_commands_stand_one_on_a_line(page: str) -> None:
    """What follows a && or a ; would not be seen to fail."""
    for fence in fences(page):
        assert fence.language in LANGUAGES, fence
        if fence.language == COMMANDS:
            code = re.sub(r"'[^']*'", "''", fence.text)
            assert not ONE_A_LINE.search(code), fence


def subcommands() -> list[str]:
    return re.findall(r"^  ([a-z-]+) ", longshore_says("--help").stdout, re.MULTILINE)


def test_every_subcommand_has_its_place() -> None:
    """Those that ask a running Longshore in docs/admin.md, the others in README.md."""
    for name in subcommands():
        page = "docs/admin.md" if name in (*ON_ADMIN, "logs") and name != "health" else "README.md"
        named = rf"`{name}[ `]" if page == "docs/admin.md" else rf"^longshore {name}\b"
        assert re.search(named, (ROOT / page).read_text(), re.MULTILINE), f"{name}: {page}"


@pytest.mark.parametrize("page", pages())
def test_the_prose_names_only_subcommands_and_options_that_there_are(page: str) -> None:
    there_are = subcommands()
    for _, subcommand, *words in inline_commands(page):
        assert subcommand in there_are, f"{page}: longshore {subcommand}"
        said = longshore_says(subcommand, "--help").stdout
        for word in words:
            assert not word.startswith("--") or word in said, f"{page}: {subcommand} {word}"


def test_fences_are_found_with_their_lines() -> None:
    text = "a\n\n```sh\none\ntwo\n```\n\n```json\n{}\n```\n"
    assert list(fences_of("p", text)) == [Fence("p", 3, "sh", "one\ntwo\n"), Fence("p", 8, "json", "{}\n")]


def configurations() -> Iterator[Fence]:
    for page in pages():
        for fence in of(page, "yaml"):
            if "mirrors" not in yaml.safe_load(fence.text):  # k3s's
                yield fence


def test_every_configuration_is_one(stage: Stage) -> None:
    path = stage.root / "written.yaml"
    for fence in configurations():
        path.write_text(substituted(stage, fence.text))
        done = longshore_says("check-config", path)
        assert done.returncode == 0, f"{fence}: {done.stdout}{done.stderr}"


def expressions(page: str) -> list[str]:
    return [line for fence in of(page, "promql") for line in fence.text.splitlines() if line]


def test_the_rest_is_what_it_says_it_is(folder: Path) -> None:
    for page in pages():
        for fence in of(page, "json"):
            json.loads(fence.text)
        for fence in of(page, "toml"):
            tomllib.loads(fence.text)
        rules = [{"record": f"a:{n}", "expr": text} for n, text in enumerate(expressions(page))]
        path = folder / "rules.yml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "docs", "rules": rules}]}))
        run(["promtool", "check", "rules", path])
