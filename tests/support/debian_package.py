"""The package that `cpack -G DEB` made of this build."""

from __future__ import annotations

import os
from pathlib import Path

from support.commands import run
from support.longshore import BINARY

FOLDER = Path(os.environ.get("LONGSHORE_PACKAGES", BINARY.parent / "package"))


def package() -> Path:
    (found,) = FOLDER.glob("longshore_*.deb")
    return found


def later_version(folder: Path) -> Path:
    """The same package under a higher version."""
    unpacked = folder / "later"
    run(["dpkg-deb", "--raw-extract", package(), unpacked])
    control = unpacked / "DEBIAN/control"
    version = next(x for x in control.read_text().splitlines() if x.startswith("Version: "))
    control.write_text(control.read_text().replace(version, version + "+later"))
    made = folder / "longshore-later.deb"
    run(["dpkg-deb", "--root-owner-group", "--build", unpacked, made])
    return made
