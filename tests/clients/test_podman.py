from __future__ import annotations

from pathlib import Path

from clients.podman import Podman, write_registries
from clients.pull_flow import REPOSITORY, TAG, check_cold_warm_and_upstream_stopped, docker_hub
from support.debian_image import debian_image
from support.docker_registry import DockerRegistry
from support.fixtures import StartLongshore
from support.rootfs import native_architecture


def test_podman_pulls_through_a_registries_conf_mirror(
    folder: Path, docker_registry: DockerRegistry, start_longshore: StartLongshore
) -> None:
    image = debian_image()
    docker_registry.push(image, f"{REPOSITORY}:{TAG}")
    longshore = start_longshore(
        {"docker.io": docker_hub(docker_registry)}
    )
    podman = Podman(folder, write_registries(folder, longshore.address), f"docker.io/{REPOSITORY}:{TAG}")
    check_cold_warm_and_upstream_stopped(
        podman, docker_registry, longshore, image, (native_architecture(),)
    )
