"""The Debian image's root file system, unpacked, with programs run inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.commands import CommandError
from support.debian_image import debian_image
from support.rootfs import native_architecture

# What the image leaves out and programs want.
FOLDERS = ("dev", "proc", "sys", "run", "var/cache/apt/archives/partial", "var/log/apt")
FOLDERS += ("var/lib/apt/lists/partial",)
TIMEOUT_S = 300

# A mount namespace that ends with the program, so that nothing stays mounted.
ENTER = """
mount --rbind /dev "$1/dev"
mount --bind /proc "$1/proc"
exec chroot "$@"
"""


def unpack(root: Path) -> None:
    image = debian_image()
    root.mkdir()
    for digest in image.layer_digests(native_architecture()):
        subprocess.run(
            ["tar", "--extract", "--gzip", "--file", image.blob(digest), "--directory", root],
            check=True,
            timeout=TIMEOUT_S,
        )
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").mkdir(mode=0o1777, exist_ok=True)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")


class Chroot:
    def __init__(self, root: Path) -> None:
        self.root = root
        unpack(root)

    def argv(self, *argv: str | Path) -> list[str]:
        return ["unshare", "--mount", "sh", "-ec", ENTER, "sh", str(self.root), *map(str, argv)]

    def ask(self, argv: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """apt inside it may reach the mirror, so nothing is sealed off here."""
        return subprocess.run(
            self.argv(*argv),
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
        )

    def run(self, *argv: str | Path) -> str:
        done = self.ask(argv)
        if done.returncode != 0:
            words = " ".join(map(str, argv))
            raise CommandError(f"{words}\nexit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout
