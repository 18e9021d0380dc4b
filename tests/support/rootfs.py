"""A Debian root file system by debootstrap, from the mirror that this machine's apt already
uses.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SUITE = "bookworm"
TIMEOUT_S = 420


class NoMirrorError(Exception):
    """apt on this machine has no source for the suite."""


def native_architecture() -> str:
    return subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True, timeout=30
    ).stdout.strip()


def apt_mirror() -> str:
    """The base URL of the first source that apt has for the suite."""
    sources = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(SITE) $(RELEASE) $(COMPONENT)",
            "Created-By: Packages",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    for line in sources.splitlines():
        site, _, rest = line.partition(" ")
        if rest == f"{SUITE} main":
            return site
    raise NoMirrorError(f"apt has no source of {SUITE} main: {sources!r}")


def make_rootfs(architecture: str, target: Path) -> None:
    """Fills `target`. Another architecture than this machine's stops after unpacking (--foreign):
    its packages are that architecture's own, but their maintainer scripts cannot run here.

    debootstrap mounts /proc inside the target, so it gets a mount namespace that ends with it.
    """
    shutil.rmtree(target, ignore_errors=True)
    argv = ["unshare", "--mount", "debootstrap", "--variant=minbase", f"--arch={architecture}"]
    if architecture != native_architecture():
        argv.append("--foreign")
    done = subprocess.run(
        [*argv, SUITE, str(target), apt_mirror()],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    if done.returncode != 0:
        log = target / "debootstrap/debootstrap.log"
        details = log.read_text(errors="replace")[-4000:] if log.exists() else ""
        raise RuntimeError(
            f"debootstrap failed ({done.returncode}): {done.stdout[-2000:]}{done.stderr}{details}"
        )
