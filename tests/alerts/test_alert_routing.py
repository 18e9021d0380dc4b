"""Who hears of which alert, as amtool reads the configuration that is shipped."""

from __future__ import annotations

import pytest

from support.alerting import ALERTMANAGER, SECRETS, alerts, load
from support.commands import run

RECEIVER_OF_TOPIC = {
    "storage": "storage",
    "failures": "failures",
    "vulnerabilities": "vulnerabilities",
}
WAYS_OF_RECEIVER = {
    "default": {"webhook_configs"},
    "storage": {"webhook_configs", "email_configs"},
    "failures": {"webhook_configs"},
    "vulnerabilities": {"webhook_configs"},
}


def test_amtool_finds_nothing_wrong() -> None:
    run(["amtool", "check-config", ALERTMANAGER])


@pytest.mark.parametrize("alert", alerts(), ids=lambda rule: rule["alert"])
def test_every_alert_goes_to_those_who_can_do_something(alert: dict[str, dict[str, str]]) -> None:
    labels = {**alert["labels"], "alertname": alert["alert"], "region": "eu", "instance": "a"}
    receiver = RECEIVER_OF_TOPIC.get(alert["labels"]["topic"], "default")
    run(
        ["amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}"]
        + [f"--verify.receivers={receiver}", *(f"{key}={value}" for key, value in labels.items())]
    )


def test_what_is_not_ours_goes_to_the_default() -> None:
    run(
        ["amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}"]
        + ["--verify.receivers=default", "alertname=NodeDown"]
    )


def test_every_receiver_has_its_ways() -> None:
    receivers = {it.pop("name"): set(it) for it in load(ALERTMANAGER)["receivers"]}
    assert receivers == WAYS_OF_RECEIVER


def test_every_secret_is_a_file() -> None:
    config = load(ALERTMANAGER)
    webhooks = [hook for it in config["receivers"] for hook in it.get("webhook_configs", [])]
    files = [hook["http_config"]["authorization"]["credentials_file"] for hook in webhooks]
    files.append(config["global"]["smtp_auth_password_file"])
    assert all(path.startswith(f"{SECRETS}/") for path in files)
    text = ALERTMANAGER.read_text()
    assert "password:" not in text
    assert "credentials:" not in text
    assert "secret:" not in text
