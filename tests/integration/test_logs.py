"""What the log says of a request, and the operator's question to it: which topics fail most."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.admin import longshore_command
from support.behaviours import corrupt
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import MIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

NAME = "library/app"
DOCUMENT = Path(__file__).parents[2] / "docs" / "logs.md"
RFC3339 = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$")
PROMISED = {
    "time", "level", "region", "topic", "msg", "request_id", "client", "method", "kind",
    "upstream", "repository", "reference", "digest", "status", "bytes", "seconds", "verdict",
    "complete",
}  # fmt: skip


@pytest.fixture
def image(upstream: ScriptedUpstream) -> Image:
    return upstream.repository(NAME).add_image(payload(MIB), "latest")


@pytest.fixture
def longshore(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> Longshore:
    return start_longshore({"docker.io": upstream.url})


def accesses(longshore: Longshore, kind: str) -> list[dict[str, Any]]:
    return [
        line
        for line in longshore.log_lines()
        if line["topic"] == "access" and line.get("kind") == kind
    ]


def test_a_request_is_one_line_with_all_that_matters(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    # With prefetch the layer may be here before its client asks: no miss then.
    longshore = start_longshore({"docker.io": {"url": upstream.url, "prefetch": False}})
    longshore.client().manifest(NAME, "latest")
    longshore.client().blob(NAME, image.layer_digest)
    until(
        lambda: accesses(longshore, "manifest") and accesses(longshore, "blob"),
        "both requests are logged",
    )
    manifest, blob = accesses(longshore, "manifest")[0], accesses(longshore, "blob")[0]
    for line in (manifest, blob):
        assert line.keys() == PROMISED
        assert RFC3339.match(line["time"])
        assert line["level"] == "info"
        assert line["region"] == "test"
        assert line["upstream"] == "docker.io"
        assert line["repository"] == NAME
        assert line["status"] == 200
        assert line["verdict"] == "miss"
        assert line["client"].startswith("127.0.0.1:")
        assert line["seconds"] >= 0
    assert manifest["request_id"] != blob["request_id"]
    assert manifest["reference"] == "latest"
    assert manifest["digest"] == image.manifest_digest
    assert blob["digest"] == image.layer_digest
    assert blob["bytes"] == MIB


def written_query() -> str:
    """The jq program as the document gives it."""
    found = re.search(r"```sh\njq -nR '(.+?)' longshore.log\n```", DOCUMENT.read_text(), re.DOTALL)
    assert found, "docs/logs.md has no query for jq"
    return found[1]


def by_jq(log: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["jq", "-nRc", written_query(), str(log)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def line(level: str, topic: str) -> str:
    return json.dumps({"time": "2026-01-01T00:00:00Z", "level": level, "topic": topic}) + "\n"


def test_jq_and_the_subcommand_agree(folder: Path) -> None:
    log = folder / "some.log"
    lines = ["not json\n", '{"level":"error","topic":\n', "[1]\n", "\n"]
    for number in range(14):
        lines += [line("error", f"topic-{number:02}")] * (number % 5 + 1)
        lines += [line("warn", f"topic-{number:02}")] * 3
    log.write_text("".join(lines))
    said = longshore_command("logs", "top-errors", "--json", str(log))
    assert said.status == 0
    top = said.json()
    assert len(top) == 10
    assert top[0] == {"topic": "topic-04", "count": 5}
    assert by_jq(log) == top
    assert "3 of 85 lines are no JSON" in said.err


def test_a_real_log_is_read_from_a_file_and_from_standard_input(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    upstream.on("GET", image.layer_digest, corrupt(at=1000))
    until(lambda: errors_logged(longshore, image), "an error is logged")
    longshore.stop()
    said = longshore_command("logs", "top-errors", str(longshore.log_path))
    assert said.status == 0
    assert re.search(r"^ +[1-9]\d*  cache$", said.out, re.MULTILINE), said
    piped = longshore_command("logs", "top-errors", "-", stdin=longshore.log_text())
    assert piped.out == said.out
    counted = {entry["topic"]: entry["count"] for entry in by_jq(longshore.log_path)}
    assert f"{counted['cache']}  cache" in said.out


def errors_logged(longshore: Longshore, image: Image) -> bool:
    longshore.client().manifest(NAME, "latest")
    return any(entry["level"] == "error" for entry in longshore.log_lines())


def test_a_log_without_errors_and_one_that_is_not_there(folder: Path) -> None:
    empty = folder / "empty.log"
    empty.write_text("")
    assert longshore_command("logs", "top-errors", str(empty)).out == "no errors\n"
    gone = longshore_command("logs", "top-errors", str(folder / "gone.log"))
    assert gone.status == 1
    assert "journalctl" in gone.err
