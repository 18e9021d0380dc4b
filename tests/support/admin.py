"""The admin API and the command line that asks it, as a test uses them."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, NamedTuple
from urllib.parse import urlencode

from support.http_client import Response, request
from support.longshore import BINARY, COMMAND_S, Longshore
from support.process import SEALED_OFF
from support.sanitizers import demand_silence
from support.wait import until


def ask(
    longshore: Longshore,
    method: str,
    endpoint: str,
    headers: dict[str, str] | None = None,
    **query: str,
) -> Response:
    """`endpoint` is below /api/v1/. A POST carries the header that it needs unless `headers` are
    given."""
    target = f"/api/v1/{endpoint}" + (f"?{urlencode(query)}" if query else "")
    if headers is None:
        headers = {"X-Longshore-Request": "1"} if method == "POST" else {}
    return request(longshore.admin_port, method, target, headers)


def read(longshore: Longshore, endpoint: str, **query: str) -> Any:
    answer = ask(longshore, "GET", endpoint, **query)
    assert answer.status == 200, answer
    return answer.json()


def change(longshore: Longshore, endpoint: str, **query: str) -> Any:
    answer = ask(longshore, "POST", endpoint, **query)
    assert answer.status == 200, answer
    return answer.json()


def finished(longshore: Longshore, task: dict[str, Any]) -> dict[str, Any]:
    """The task once it is over."""

    def over() -> dict[str, Any] | None:
        now = read(longshore, "tasks", id=str(task["id"]))
        return now if now["state"] != "running" else None

    return until(over, f"the end of task {task['id']}")


class Said(NamedTuple):
    """What a subcommand printed and how it ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def longshore_command(*arguments: str, stdin: str | None = None) -> Said:
    done = subprocess.run(
        [str(BINARY), *arguments],
        check=False,
        capture_output=True,
        text=True,
        input=stdin,
        timeout=COMMAND_S,
        env={**os.environ, **SEALED_OFF},
    )
    demand_silence(done.stderr)
    return Said(done.returncode, done.stdout, done.stderr)


def command(longshore: Longshore, *arguments: str) -> Said:
    """A subcommand that finds this server by its configuration."""
    name, *rest = arguments
    return longshore_command(name, "--config", str(longshore.config_path), *rest)
