"""The container image, built by Buildah without a daemon, and run by Podman as its users should run
it: read-only, without capabilities.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from pathlib import Path

from support.commands import run
from support.debian_image import debian_image
from support.debian_package import package
from support.process import Process

TREE = Path(__file__).resolve().parents[2]
NAME = "localhost/longshore:test"
CONFIG = "/etc/longshore/longshore.yaml"
BUILD_S = 300


def limits() -> list[str]:
    """Podman asks for more than a machine may be allowed to give."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    processes = min(4096, resource.getrlimit(resource.RLIMIT_NPROC)[1])
    return [f"--ulimit=nofile={files}:{files}", f"--ulimit=nproc={processes}:{processes}"]


class Image:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._storage = [f"--root={folder}/root", f"--runroot={folder}/run"]
        self._storage.append("--storage-driver=overlay")

    def build(self) -> None:
        """The context holds the package, so nothing is compiled. apt in the build reaches Debian's
        mirror: it is not sealed off."""
        context = self._folder / "context"
        shutil.copytree(TREE / "deploy/docker", context / "deploy/docker")
        shutil.copy(package(), context)
        image = debian_image()
        base = self.buildah("pull", image.skopeo_name).split()[-1]
        options = ["--isolation=chroot", "--pull-never", "--format=docker"]
        done = subprocess.run(
            ["buildah", *self._storage, "build", *options, f"--build-arg=BASE={base}"]
            + [f"--file={context}/deploy/docker/Dockerfile", f"--tag={NAME}", str(context)],
            check=False,
            capture_output=True,
            text=True,
            timeout=BUILD_S,
            env=os.environ,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def buildah(self, *argv: str) -> str:
        return run(["buildah", *self._storage, *argv])

    def podman(self, *argv: str) -> list[str]:
        places = [*self._storage, f"--tmpdir={self._folder}/tmp", "--runtime=/usr/sbin/runc"]
        return ["podman", *places, "--cgroup-manager=cgroupfs", "--events-backend=none", *argv]

    def start(self, config: Path, volume: Path, log: Path) -> Process:
        hardening = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
        hardening += ["--read-only-tmpfs=false"]
        mounts = [f"--volume={config}:{CONFIG}:ro", f"--volume={volume}:/var/lib/longshore"]
        here = ["--network=host", "--no-healthcheck", *limits()]
        command = ["run", "--name=longshore", *hardening, *mounts, *here, NAME]
        return Process(self.podman(*command), log)

    def exec(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.podman("exec", "longshore", *argv),
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def remove(self) -> None:
        run(self.podman("rm", "--force", "--all"))
        run(self.podman("rmi", "--force", "--all"))
