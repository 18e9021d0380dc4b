from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path

import yaml

from deploy.image import NAME, TREE, Image
from support.commands import run
from support.http_client import get
from support.longshore import START_S, is_ready, longshore_says
from support.payload import MIB, payload
from support.ports import free_port
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

USER = 10001


def write_config(folder: Path, upstream: str, port: int, admin_port: int) -> Path:
    """The image's own configuration, with the ports and the upstream of this test."""
    settings = yaml.safe_load((TREE / "deploy/docker/longshore.yaml").read_text())
    settings["listen"] = [f"127.0.0.1:{port}"]
    settings["admin_listen"] = f"0.0.0.0:{admin_port}"
    settings["cache"]["size"] = "1GiB"
    settings["upstreams"] = {"docker.io": {"url": upstream}}
    path = folder / "longshore.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def test_the_images_configuration_is_right() -> None:
    assert longshore_says("check-config", TREE / "deploy/docker/longshore.yaml").returncode == 0


def test_the_image_serves_read_only_as_nobody_and_knows_its_health(
    folder: Path, servers: ExitStack, upstream: ScriptedUpstream
) -> None:
    image = Image(folder)
    servers.callback(image.remove)
    image.build()
    (inspected,) = json.loads(run(image.podman("inspect", NAME)))
    config = inspected["Config"]
    assert config["User"] == f"{USER}:{USER}"
    assert set(config["ExposedPorts"]) == {"5000/tcp", "5001/tcp"}

    digest = upstream.repository("library/app").add_blob(payload(MIB))
    port, admin_port = free_port(), free_port()
    volume = folder / "volume"
    volume.mkdir()
    os.chown(volume, USER, USER)
    container = image.start(
        write_config(folder, upstream.url, port, admin_port), volume, folder / "longshore.log"
    )
    servers.callback(container.stop)
    container.ready(lambda: is_ready(admin_port), "the container is ready", START_S)
    blob = f"/v2/library/app/blobs/{digest}"
    assert get(port, blob).body == payload(MIB)
    until(lambda: get(port, blob).header("Cache-Status") == "longshore; hit", "it is stored")

    command, *check = inspected["Healthcheck"]["Test"]
    assert command == "CMD"
    assert image.exec(*check).stdout == "ready\n"
    assert image.exec("id", "-u").stdout == f"{USER}\n"
    assert image.exec("touch", "/etc/x", "/tmp/x", "/x").stderr.count("Read-only file system") == 3

    container.stop()
    assert container.exit_status() == 0
    assert (volume / "cache/FORMAT").is_file()
