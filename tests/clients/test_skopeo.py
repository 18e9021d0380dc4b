from __future__ import annotations

from pathlib import Path

from clients.pull_flow import REPOSITORY, TAG, check_cold_warm_and_upstream_stopped, docker_hub
from clients.skopeo import Skopeo
from support.debian_image import ARCHITECTURES, debian_image
from support.docker_registry import DockerRegistry
from support.fixtures import StartLongshore


def test_skopeo_copies_all_platforms(
    folder: Path, docker_registry: DockerRegistry, start_longshore: StartLongshore
) -> None:
    image = debian_image()
    docker_registry.push(image, f"{REPOSITORY}:{TAG}")
    longshore = start_longshore(
        {"docker.io": docker_hub(docker_registry)}
    )
    skopeo = Skopeo(folder, f"{longshore.address}/{REPOSITORY}:{TAG}")
    check_cold_warm_and_upstream_stopped(skopeo, docker_registry, longshore, image, ARCHITECTURES)


def test_skopeo_names_the_upstream_in_the_path(
    folder: Path, docker_registry: DockerRegistry, start_longshore: StartLongshore
) -> None:
    image = debian_image()
    docker_registry.push(image, "org/debian:stable")
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9", "quay.io": docker_registry.url})
    skopeo = Skopeo(folder, f"{longshore.address}/quay.io/org/debian:stable")
    skopeo.pull()
    skopeo.check(image)
