"""The units, as far as a machine without a running systemd can tell."""

from __future__ import annotations

import configparser
from pathlib import Path

import yaml

from support.commands import run

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SERVICE = DEPLOY / "systemd/longshore.service"
MOST_EXPOSURE = 20  # tenths


def test_the_service_is_exposed_at_most_2_0() -> None:
    threshold = f"--threshold={MOST_EXPOSURE}"
    run(["systemd-analyze", "security", "--offline=true", threshold, "--no-pager", SERVICE])


def test_systemd_understands_every_line(folder: Path) -> None:
    """With the paths of this machine: the binary and the manual are not installed here."""
    for name in ("longshore.service", "longshore.socket"):
        text = (DEPLOY / "systemd" / name).read_text()
        text = text.replace("/usr/bin/longshore", "/bin/true")
        (folder / name).write_text(text.replace("Documentation=man:longshore(1)\n", ""))
    done = run(["sh", "-c", f"systemd-analyze verify --man=no {folder}/longshore.* 2>&1"])
    assert done == ""


def test_the_socket_stands_in_the_shipped_configuration() -> None:
    """The package's configuration keeps the default address; it is what the socket holds open."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(DEPLOY / "systemd/longshore.socket")
    shipped = (DEPLOY / "debian/longshore.yaml").read_text()
    (line,) = (x for x in shipped.splitlines() if x.startswith("#listen:"))
    assert yaml.safe_load(line[1:])["listen"] == [unit["Socket"]["ListenStream"]]
