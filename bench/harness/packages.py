"""The peers' Debian packages, installed if they are missing; no service of theirs is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

# By the program that a scenario runs, or the Python module that it imports.
PROGRAMS = {
    "curl": "curl",
    "debootstrap": "debootstrap",
    "docker-registry": "docker-registry",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "skopeo": "skopeo",
    "traffic_server": "trafficserver",
    "varnishd": "varnish",
    "wrk": "wrk",
    "zstd": "zstd",
}
MODULES = {"pytest": "python3-pytest", "yaml": "python3-yaml"}
POLICY = Path("/usr/sbin/policy-rc.d")


def missing() -> list[str]:
    programs = [package for name, package in PROGRAMS.items() if not shutil.which(name)]
    return programs + [package for name, package in MODULES.items() if not find_spec(name)]


@contextmanager
def no_service_starts() -> Iterator[None]:
    """invoke-rc.d(8) asks this script and takes 101 for a no."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def apt_get(*words: str) -> None:
    subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *words],
        check=True,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )


def install_missing() -> None:
    packages = missing()
    if not packages:
        return
    if os.geteuid() != 0:
        raise SystemExit(f"bench: run as root once, or install {' '.join(packages)}")
    print(f"bench: installing {' '.join(packages)}", flush=True)
    with no_service_starts():
        apt_get("update")
        apt_get("install", "-y", "--no-install-recommends", *packages)
