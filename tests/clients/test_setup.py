"""Real clients read what `longshore setup` writes, beside what was there before.

Where a file sends a client on when the mirror does not answer is not of this machine: a pull that
succeeds went through the mirror.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from clients.containerd import Containerd, ContainerdPuller
from clients.dockerd import Dockerd
from clients.podman import Podman
from clients.pull_flow import REPOSITORY, TAG, docker_hub, pull_anew
from support.commands import CommandError
from support.debian_image import debian_image
from support.docker_registry import DockerRegistry
from support.fixtures import StartLongshore
from support.longshore import Longshore, longshore_says
from support.oci_layout import Layout

THEIR_HOSTS = """\
server = "http://127.0.0.1:9"

[host."http://127.0.0.1:9"]
  capabilities = ["pull", "resolve"]
"""


@pytest.fixture
def image(docker_registry: DockerRegistry) -> Layout:
    layout = debian_image()
    docker_registry.push(layout, f"{REPOSITORY}:{TAG}")
    return layout


@pytest.fixture
def mirror(docker_registry: DockerRegistry, start_longshore: StartLongshore) -> Longshore:
    """The default upstream leads nowhere: clients say that they mean docker.io."""
    upstreams = {"quay.io": "http://127.0.0.1:9", "docker.io": docker_hub(docker_registry)}
    return start_longshore(upstreams)


def set_up(client: str, mirror: Longshore, root: Path, *options: str) -> None:
    done = longshore_says("setup", client, "--config", mirror.config_path, "--root", root, *options)
    assert done.returncode == 0, done.stderr


def test_containerd_pulls_through_the_hosts_toml_it_wrote(
    folder: Path, servers: ExitStack, mirror: Longshore, image: Layout
) -> None:
    hosts = folder / "etc/containerd/certs.d"
    theirs = hosts / "docker.io/hosts.toml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text(THEIR_HOSTS)
    set_up("containerd", mirror, folder)
    daemon = Containerd(folder)
    servers.callback(daemon.stop)
    daemon.start()
    puller = ContainerdPuller(daemon, hosts, f"docker.io/{REPOSITORY}:{TAG}")
    pull_anew(puller, image)

    set_up("containerd", mirror, folder, "--undo")
    assert theirs.read_text() == THEIR_HOSTS
    puller.empty()
    with pytest.raises(CommandError):
        puller.pull()


def test_podman_pulls_through_the_drop_in_it_wrote(
    folder: Path, mirror: Longshore, image: Layout
) -> None:
    set_up("podman", mirror, folder)
    drop_in = folder / "etc/containers/registries.conf.d/longshore.conf"
    pull_anew(Podman(folder, drop_in, f"docker.io/{REPOSITORY}:{TAG}"), image)
    set_up("podman", mirror, folder, "--undo")
    assert not drop_in.exists()


def test_dockerd_pulls_through_the_daemon_json_it_merged(
    folder: Path, servers: ExitStack, docker_registry: DockerRegistry, image: Layout,
    start_longshore: StartLongshore,
) -> None:
    """dockerd does not say which registry it means: Docker Hub is the default upstream."""
    mirror = start_longshore({"docker.io": docker_hub(docker_registry)})
    config = folder / "etc/docker/daemon.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"registry-mirrors": ["http://127.0.0.1:9"], "debug": true}')
    set_up("docker", mirror, folder)
    assert json.loads(config.read_text())["debug"] is True
    containerd = Containerd(folder)
    servers.callback(containerd.stop)
    containerd.start()
    short = f"{REPOSITORY.removeprefix('library/')}:{TAG}"
    dockerd = Dockerd(folder, containerd.socket, config, short)
    servers.callback(dockerd.stop)
    pull_anew(dockerd, image)
