from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from clients.containerd import Containerd, ContainerdPuller, write_hosts
from clients.pull_flow import REPOSITORY, TAG, check_cold_warm_and_upstream_stopped, docker_hub
from support.debian_image import debian_image
from support.docker_registry import DockerRegistry
from support.fixtures import StartLongshore
from support.rootfs import native_architecture


def test_containerd_pulls_through_a_hosts_toml_mirror(
    folder: Path,
    servers: ExitStack,
    docker_registry: DockerRegistry,
    start_longshore: StartLongshore,
) -> None:
    """The default upstream leads nowhere: only ?ns=docker.io finds the right one."""
    image = debian_image()
    docker_registry.push(image, f"{REPOSITORY}:{TAG}")
    longshore = start_longshore(
        {
            "quay.io": "http://127.0.0.1:9",
            "docker.io": docker_hub(docker_registry),
        }
    )
    daemon = Containerd(folder)
    servers.callback(daemon.stop)
    daemon.start()
    hosts = write_hosts(folder, longshore.url, "docker.io")
    puller = ContainerdPuller(daemon, hosts, f"docker.io/{REPOSITORY}:{TAG}")
    check_cold_warm_and_upstream_stopped(
        puller, docker_registry, longshore, image, (native_architecture(),)
    )
