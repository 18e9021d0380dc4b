from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from clients.containerd import Containerd
from clients.dockerd import Dockerd, write_config
from clients.pull_flow import REPOSITORY, TAG, check_cold_warm_and_upstream_stopped, docker_hub
from support.debian_image import debian_image
from support.docker_registry import DockerRegistry
from support.fixtures import StartLongshore
from support.rootfs import native_architecture


def test_dockerd_pulls_through_a_registry_mirror(
    folder: Path,
    servers: ExitStack,
    docker_registry: DockerRegistry,
    start_longshore: StartLongshore,
) -> None:
    image = debian_image()
    docker_registry.push(image, f"{REPOSITORY}:{TAG}")
    longshore = start_longshore(
        {"docker.io": docker_hub(docker_registry)}
    )
    containerd = Containerd(folder)
    servers.callback(containerd.stop)
    containerd.start()
    config = write_config(folder, longshore.url)
    dockerd = Dockerd(
        folder, containerd.socket, config, f"{REPOSITORY.removeprefix('library/')}:{TAG}"
    )
    servers.callback(dockerd.stop)
    check_cold_warm_and_upstream_stopped(
        dockerd, docker_registry, longshore, image, (native_architecture(),)
    )
