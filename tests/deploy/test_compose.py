"""The Compose file, as far as Debian's docker-compose can tell without a daemon."""

from __future__ import annotations

from pathlib import Path

import yaml

from support.commands import run
from support.longshore import longshore_says

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = DEPLOY / "compose"
# Whose folder has a path of its own: rules and receivers, and the secrets of who runs it.
ELSEWHERE = {COMPOSE / "secrets"}


def services() -> dict[str, dict[str, object]]:
    config = run(["docker-compose", "--file", COMPOSE / "compose.yaml", "config"])
    found: dict[str, dict[str, object]] = yaml.safe_load(config)["services"]
    return found


def mounts(service: dict[str, object]) -> list[list[str]]:
    written = service["volumes"]
    assert isinstance(written, list)
    return [str(one).split(":") for one in written]


def test_compose_understands_it() -> None:
    assert set(services()) == {"longshore", "prometheus", "alertmanager"}


def test_every_service_is_read_only_and_has_no_capabilities() -> None:
    for service in services().values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_every_file_that_is_mounted_is_there() -> None:
    sources = {Path(m[0]) for s in services().values() for m in mounts(s) if m[0].startswith("/")}
    assert sources >= ELSEWHERE
    for source in sources - ELSEWHERE:
        assert source.exists(), source


def test_only_the_registry_api_is_published_and_nothing_beyond_the_loopback_unasked() -> None:
    published = [str(port) for service in services().values() for port in service["ports"]]  # type: ignore[attr-defined]
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
