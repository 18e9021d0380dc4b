"""A place to run a page's commands in: a folder for /, a Longshore before a scripted upstream, and a PATH on
which nothing is found but what the tables of stand_ins.py name.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docs.pages import ROOT
from docs.stand_ins import (
    ON_ADMIN,
    ON_ROOT,
    REAL,
    REAL_WITH,
    STAND_INS,
    Stage,
    UnknownUse,
)
from support.commands import CommandError
from support.longshore import BINARY
from support.process import SEALED_OFF

TIMEOUT_S = 300.0
FOLDERS = re.compile(r"(?<![\w./])/(etc|var)/")
CALL = """\
#!/usr/bin/python3 -BS
import json, socket, sys
with socket.socket(socket.AF_UNIX) as sock:
    sock.connect({socket!r})
    sock.sendall(json.dumps([{name!r}, *sys.argv[1:]]).encode() + b"\\n")
    status, out, err = json.loads(sock.makefile().read())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(status)
"""


def substituted(stage: Stage, text: str) -> str:
    """The pages' addresses and folders, as they are in the test. That is all that is put in another's place."""
    admin = f"127.0.0.1:{stage.longshore.admin_port}"
    places = {
        "127.0.0.1:5000": stage.longshore.address,  # of the package
        "127.0.0.1:30500": stage.longshore.address,  # of the Kubernetes service
        "127.0.0.1:5001": admin,
        "TRACE": str(stage.trace),
    }
    for written, meant in places.items():
        text = re.sub(rf"(?<![\w.]){re.escape(written)}(?!\w)", meant, text)
    return FOLDERS.sub(lambda found: f"{stage.root}/{found[1]}/", text)


def called(stage: Stage, name: str, words: list[str]) -> tuple[int, str, str]:
    try:
        return 0, STAND_INS[name](stage, words), ""
    except UnknownUse as unknown:
        return 2, "", f"{name} {' '.join(words)}: {unknown}\n"
    except CommandError as error:
        return 1, "", f"{error}\n"
    except Exception as error:  # noqa: BLE001: whatever it is, the page is wrong
        return 1, "", f"{name} {' '.join(words)}: {type(error).__name__}: {error}\n"


@contextmanager
def answering(stage: Stage, path: Path) -> Iterator[None]:
    """The stand-ins run in the test's own process, where Longshore can be stopped and started."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            name, *words = json.loads(self.rfile.readline())
            self.wfile.write(json.dumps(called(stage, name, words)).encode())

    with socketserver.UnixStreamServer(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            stage.longshore.stop()  # if that thread started it anew, it would die with it
            server.shutdown()
            thread.join()


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def write_programs(stage: Stage, programs: Path, control: Path) -> None:
    programs.mkdir()
    for name in REAL:
        found = shutil.which(name)
        assert found is not None, name
        (programs / name).symlink_to(found)
    for name, first in REAL_WITH.items():
        write_program(programs / name, f'#!/bin/sh\nexec {shutil.which(name)} {first} "$@"\n')
    for name in STAND_INS:
        place = stage.work / name if name.startswith("./") else programs / name
        write_program(place, CALL.format(socket=str(control), name=name))
    write_program(
        programs / "longshore",
        f'#!/bin/sh\ncase "$1" in\n'
        f'{"|".join(ON_ROOT)}) exec {BINARY} "$@" --root {stage.root} ;;\n'
        f'{"|".join(ON_ADMIN)}) exec {BINARY} "$@" --admin 127.0.0.1:{stage.longshore.admin_port} ;;\n'
        f'*) exec {BINARY} "$@" ;;\nesac\n',
    )


@contextmanager
def set_up(stage: Stage) -> Iterator[Path]:
    """The folder that is the commands' PATH."""
    control = stage.root / "control"
    programs = stage.root / "bin"
    write_programs(stage, programs, control)
    (stage.work / "deploy").symlink_to(ROOT / "deploy")
    (stage.work / "longshore.log").symlink_to(stage.longshore.log_path)
    (stage.root / "var/tmp").mkdir(parents=True, exist_ok=True)
    with answering(stage, control):
        yield programs


def play(stage: Stage, programs: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Runs commands as they stand there, until one fails."""
    return subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", substituted(stage, text)],
        cwd=stage.work,
        env={**SEALED_OFF, "PATH": str(programs), "HOME": str(stage.work), "EDITOR": "true",
             "LANG": os.environ.get("LANG", "C.UTF-8")},  # fmt: skip
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT_S,
    )
