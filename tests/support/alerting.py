"""The rules and routes as they are shipped, and what a test may change in them: addresses and
patience, nothing else.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules"
ALERTMANAGER = DEPLOY / "alertmanager" / "alertmanager.yml"
RUNBOOK = DEPLOY / "RUNBOOK.md"
SECRETS = "/etc/prometheus/secrets"
Yaml = dict[str, Any]


def load(path: Path) -> Yaml:
    loaded: Yaml = yaml.safe_load(path.read_text())
    return loaded


def rules() -> Iterator[Yaml]:
    """Every rule, recording and alerting, of every file."""
    for path in sorted(RULES.glob("*.yml")):
        for group in load(path)["groups"]:
            yield from group["rules"]


def alerts() -> list[Yaml]:
    return [rule for rule in rules() if "alert" in rule]


def impatient(rule_file: Yaml) -> Yaml:
    """The same rules, evaluated every second and patient for one second where they would be for
    minutes. Expressions, windows, thresholds and labels are as shipped."""
    changed = copy.deepcopy(rule_file)
    for group in changed["groups"]:
        group["interval"] = "1s"
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = "1s"
    return changed


def redirected(alertmanager: Yaml, webhooks: str, smarthost: str, secrets: Path) -> Yaml:
    """The same routes and receivers with another address behind each: webhooks go to
    `webhooks`/NAME of the receiver, mail goes to `smarthost` without TLS, secrets are read from
    another folder. Groups do not wait."""
    changed: Yaml = yaml.safe_load(yaml.safe_dump(alertmanager).replace(SECRETS, str(secrets)))
    changed["global"].update(smtp_smarthost=smarthost, smtp_require_tls=False)
    changed["route"].update(group_wait="0s", group_interval="1s")
    for receiver in changed["receivers"]:
        for webhook in receiver.get("webhook_configs", []):
            webhook["url"] = f"{webhooks}/{receiver['name']}"
    return changed
