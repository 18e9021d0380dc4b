"""`longshore health`: for images that have no HTTP client."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from support.fixtures import StartLongshore
from support.longshore import Longshore, longshore_says

NOWHERE = {"docker.io": "http://127.0.0.1:9"}


def test_a_running_server_is_ready(start_longshore: StartLongshore) -> None:
    longshore = start_longshore(NOWHERE)
    for where in (
        ["--admin", f"127.0.0.1:{longshore.admin_port}"],
        ["--config", str(longshore.config_path)],
    ):
        done = longshore_says("health", *where)
        assert (done.returncode, done.stdout) == (0, "ready\n")


def test_one_that_listens_everywhere_is_asked_on_the_loopback(
    folder: Path, servers: ExitStack
) -> None:
    longshore = Longshore(folder / "longshore", NOWHERE)
    text = longshore.config_path.read_text()
    longshore.config_path.write_text(text.replace("admin_listen: 127.0.0.1", "admin_listen: 0.0.0.0"))
    servers.callback(longshore.stop)
    longshore.start()
    assert longshore_says("health", "--config", longshore.config_path).returncode == 0


def test_where_nobody_listens_it_says_so(folder: Path) -> None:
    port = Longshore(folder / "free", NOWHERE).admin_port
    done = longshore_says("health", "--admin", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"http://127.0.0.1:{port}/readyz" in done.stderr


def test_an_address_that_is_none_is_a_wrong_argument() -> None:
    assert longshore_says("health", "--admin", "nowhere").returncode == 2
