"""The Compose file, as far as Debian's docker-compose can tell without a daemon."""

from __future__ import annotations

import configparser
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from support.alerting import ALERTMANAGER, load
from support.commands import run
from support.longshore import longshore_says

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = DEPLOY / "compose"
# What only who runs it has: secrets.
SECRETS = COMPOSE / "secrets"
EXAMPLE = COMPOSE / "secrets.example"
LOOPBACK = "127.0.0.1"


def services() -> dict[str, dict[str, object]]:
    config = run(["docker-compose", "--file", COMPOSE / "compose.yaml", "config"])
    found: dict[str, dict[str, object]] = yaml.safe_load(config)["services"]
    return found


def mounts(service: dict[str, object]) -> list[list[str]]:
    written = service["volumes"]
    assert isinstance(written, list)
    return [str(one).split(":") for one in written]


def test_compose_understands_it() -> None:
    assert set(services()) == {"longshore", "prometheus", "alertmanager", "wecom", "dingtalk"}


def test_every_service_is_read_only_and_has_no_capabilities() -> None:
    for service in services().values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_every_file_that_is_mounted_is_there() -> None:
    """Each secret that one service alone is given has its example."""
    sources = {Path(m[0]) for s in services().values() for m in mounts(s) if m[0].startswith("/")}
    assert SECRETS in sources
    for source in sources - {SECRETS}:
        shipped = EXAMPLE / source.name if source.is_relative_to(SECRETS) else source
        assert shipped.exists(), source


def bridge_addresses() -> set[str]:
    """Where those listen that share Alertmanager's loopback."""
    wecom = configparser.ConfigParser(interpolation=None)
    wecom.read_string("[all]\n" + (EXAMPLE / "wecom-bridge.conf").read_text())
    host, port = wecom["all"]["httpaddr"].strip('"'), wecom["all"]["httpport"]
    found = {f"{host}:{port}"}
    for argument in services()["dingtalk"]["command"]:  # type: ignore[attr-defined]
        flag, _, value = argument.partition("=")
        if flag == "--web.listen-address":
            found.add(value)
    return found


def test_alertmanager_finds_a_bridge_wherever_it_looks_on_its_loopback() -> None:
    """Each container has a loopback of its own."""
    for name in ("wecom", "dingtalk"):
        assert services()[name]["network_mode"] == "service:alertmanager"
    receivers = load(ALERTMANAGER)["receivers"]
    webhooks = [urlsplit(hook["url"]) for it in receivers for hook in it["webhook_configs"]]
    assert {url.netloc for url in webhooks if url.hostname == LOOPBACK} == bridge_addresses()


def test_the_bridge_to_dingtalk_knows_the_robot_that_alertmanager_asks_for() -> None:
    (target,) = load(EXAMPLE / "dingtalk-bridge.yml")["targets"]
    assert f"/dingtalk/{target}/send" in ALERTMANAGER.read_text()


def test_only_the_registry_api_is_published_and_nothing_beyond_the_loopback_unasked() -> None:
    published = [str(port) for service in services().values() for port in service.get("ports", [])]  # type: ignore[attr-defined]
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert not any(":5001" in port for port in published)


def test_prometheus_and_longshore_understand_their_files() -> None:
    run(["promtool", "check", "config", "--syntax-only", COMPOSE / "prometheus.yml"])
    assert longshore_says("check-config", COMPOSE / "longshore.yaml").returncode == 0
    jobs = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())["scrape_configs"]
    (target,) = jobs[0]["static_configs"][0]["targets"]
    host, port = target.split(":")
    assert host in services()
    admin = yaml.safe_load((COMPOSE / "longshore.yaml").read_text())["admin_listen"]
    assert admin.endswith(f":{port}")
