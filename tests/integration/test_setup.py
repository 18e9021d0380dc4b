"""`longshore setup`: the command, on a root of its own. tests/clients/test_setup.py has real clients
read what it writes.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

from support.longshore import BINARY, longshore_says

CONFIG = """\
listen: ["192.0.2.7:5000"]
default_upstream: quay.io
upstreams: { quay.io: { url: "https://quay.io" } }
"""


def run_setup(root: Path, *argv: str | Path, status: int = 0) -> tuple[str, str]:
    done = longshore_says("setup", *argv, "--root", root)
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr


def test_docker_keeps_what_is_there_and_can_be_undone(folder: Path) -> None:
    daemon_json = folder / "etc/docker/daemon.json"
    daemon_json.parent.mkdir(parents=True)
    theirs = '{"bip": "10.0.0.1/24"}'
    daemon_json.write_text(theirs)
    _, said = run_setup(folder, "docker", "--mirror", "http://127.0.0.1:5000")
    assert json.loads(daemon_json.read_text()) == {
        "bip": "10.0.0.1/24",
        "registry-mirrors": ["http://127.0.0.1:5000"],
    }
    assert f"{daemon_json}.before-longshore" in said
    run_setup(folder, "docker", "--mirror", "http://127.0.0.1:5000", "--undo")
    assert daemon_json.read_text() == theirs
    assert list(daemon_json.parent.iterdir()) == [daemon_json]


def test_a_new_address_takes_the_place_of_the_old_one_and_can_be_undone_without_it(
    folder: Path,
) -> None:
    daemon_json = folder / "etc/docker/daemon.json"
    daemon_json.parent.mkdir(parents=True)
    theirs = '{"bip": "10.0.0.1/24"}'
    daemon_json.write_text(theirs)
    run_setup(folder, "docker", "--mirror", "http://127.0.0.1:5000")
    _, said = run_setup(folder, "docker", "--mirror", "http://192.0.2.7:5000")
    assert json.loads(daemon_json.read_text())["registry-mirrors"] == ["http://192.0.2.7:5000"]
    assert ".before-longshore" not in said
    _, said = run_setup(folder, "docker", "--undo")
    assert "as it was before" in said
    assert daemon_json.read_text() == theirs
    assert list(daemon_json.parent.iterdir()) == [daemon_json]


def test_a_file_that_is_broken_is_left_alone_and_named(folder: Path) -> None:
    daemon_json = folder / "etc/docker/daemon.json"
    daemon_json.parent.mkdir(parents=True)
    daemon_json.write_text("{")
    _, said = run_setup(folder, "docker", status=1)
    assert str(daemon_json) in said
    assert daemon_json.read_text() == "{"


def test_mirror_and_upstreams_come_from_the_configuration(folder: Path) -> None:
    config = folder / "longshore.yaml"
    config.write_text(CONFIG)
    run_setup(folder, "k3s", "--config", config)
    written = yaml.safe_load((folder / "etc/rancher/k3s/registries.yaml").read_text())
    assert written == {"mirrors": {"quay.io": {"endpoint": ["http://192.0.2.7:5000"]}}}


def test_print_writes_nothing(folder: Path) -> None:
    out, _ = run_setup(folder, "k3s", "--upstream", "quay.io", "--upstream", "ghcr.io", "--print")
    assert set(yaml.safe_load(out)["mirrors"]) == {"quay.io", "ghcr.io"}
    assert list(folder.iterdir()) == []


def test_a_client_that_is_not_known_is_a_wrong_argument(folder: Path) -> None:
    _, said = run_setup(folder, "rkt", status=2)
    assert "containerd" in said


def test_who_may_not_write_is_told_to_run_it_as_root(folder: Path) -> None:
    folder.chmod(0o755)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run(
        [*nobody, BINARY, "setup", "docker", "--root", folder],
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert str(folder) in done.stderr
    assert done.stderr.endswith("; run it as root\n")
