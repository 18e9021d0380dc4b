"""The alerting rules by themselves: promtool's opinion, its unit tests, whether those would notice
a change, and the runbook beside them.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.alerting import DEPLOY, RULES, RUNBOOK, Yaml, alerts, load, rules
from support.commands import run

UNITS = sorted(Path(__file__).with_name("units").glob("*.yml"))
SHIPPED_RULES = sorted(RULES.glob("*.yml"))
RUNBOOK_URL = "https://longshore.example/deploy/RUNBOOK.md#"
PROMTOOL_S = 300  # it takes one; a starved machine shall not decide
SEVERITIES = {"critical", "warning"}
AGGREGATION = re.compile(r"\b(?:sum|max|min|avg|count)\b(?: by \(([^)]*)\))?")
COMPARISON = re.compile(r"(==|>=|<=|>|<) ([\d.]+)")
ALERTS = {rule["alert"]: rule for rule in alerts()}


def cases_about(alert: str, unit: Yaml) -> list[Yaml]:
    """The unit test's cases that ask about one alert, and of them what they ask about it."""
    kept = []
    for case in unit["tests"]:
        asked = [it for it in case.get("alert_rule_test", []) if it["alertname"] == alert]
        if asked:
            inputs = {key: value for key, value in case.items() if key != "promql_expr_test"}
            kept.append({**inputs, "alert_rule_test": asked})
    return kept


def passes_units(rule: Yaml, folder: Path) -> bool:
    """Runs the cases about an alert on this rule instead of the shipped one."""
    changed = folder / "changed.yml"
    changed.write_text(yaml.safe_dump({"groups": [{"name": "changed", "rules": [rule]}]}))
    records = str(RULES / "longshore-records.yml")
    argv = ["promtool", "test", "rules"]
    for unit in UNITS:
        if cases := cases_about(rule["alert"], load(unit)):
            order = {"group_eval_order": ["longshore-records", "changed"]}
            asked = {"rule_files": [records, str(changed)], "tests": cases, **order}
            moved = folder / unit.name
            moved.write_text(yaml.safe_dump({**load(unit), **asked}))
            argv.append(str(moved))
    done = subprocess.run(argv, capture_output=True, check=False, timeout=PROMTOOL_S)
    return done.returncode == 0


def questions(alert: str) -> list[Yaml]:
    """What the unit tests ask about one alert, at which time, and the answer."""
    cases = [case for unit in UNITS for case in cases_about(alert, load(unit))]
    return [it for case in cases for it in case["alert_rule_test"]]


def test_promtool_finds_nothing_wrong_with_rules_and_configuration() -> None:
    run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", *SHIPPED_RULES])
    run(["promtool", "check", "config", "--lint=all", "--lint-fatal"]
        + [DEPLOY / "prometheus" / "prometheus.yml"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_the_unit_tests_of_the_rules_pass(unit: Path) -> None:
    run(["promtool", "test", "rules", unit.name], cwd=unit.parent)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_is_seen_to_fire_and_to_keep_quiet(alert: str) -> None:
    fired = [bool(case["exp_alerts"]) for case in questions(alert)]
    assert True in fired
    assert False in fired


def beside(value: float) -> tuple[float, ...]:
    """A count's neighbours; about ten percent beside anything else."""
    if value == 0:
        return (1,)
    if value < 10 and value.is_integer():
        return (value - 1, value + 1)
    return (value * 0.9, value * 1.12)


def mutants(rule: Yaml) -> Iterator[tuple[str, Yaml]]:
    """The rule with one thing changed that must not change unnoticed."""
    if "for" in rule:
        minutes = int(rule["for"].removesuffix("m"))
        for patience in (minutes - 1, minutes + 1):
            yield f"for {patience}m", {**rule, "for": f"{patience}m"}
    for found in COMPARISON.finditer(rule["expr"]):
        at, to = found.span(2)
        for other in beside(float(found[2])):
            changed = rule["expr"][:at] + f"{other:g}" + rule["expr"][to:]
            yield f"{found[0]} as {other:g}", {**rule, "expr": changed}


@pytest.mark.parametrize("alert", ALERTS)
def test_no_threshold_and_no_patience_changes_unnoticed(alert: str, folder: Path) -> None:
    """A little beside the threshold, a minute beside the patience: the unit tests must fail."""
    assert passes_units(ALERTS[alert], folder)
    unnoticed = [what for what, rule in mutants(ALERTS[alert]) if passes_units(rule, folder)]
    assert unnoticed == []


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_how_bad_where_what_and_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["labels"]["topic"]
    assert "$labels.region" in rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")
    assert rule["annotations"]["runbook_url"] == RUNBOOK_URL + alert.lower()


def test_every_fired_alert_of_the_unit_tests_has_its_region() -> None:
    fired = [it for alert in ALERTS for case in questions(alert) for it in case["exp_alerts"]]
    assert len(fired) >= len(ALERTS)
    assert all(it["exp_labels"]["region"] for it in fired)


def test_no_rule_aggregates_the_region_away() -> None:
    for rule in rules():
        for kept in AGGREGATION.findall(rule["expr"]):
            assert "region" in kept.split(", "), rule


def test_every_alert_has_its_section_in_the_runbook_and_every_section_its_alert() -> None:
    sections = re.findall(r"^## (\S.*)$", RUNBOOK.read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(ALERTS)


def test_the_table_of_the_runbook_names_the_tests_that_there_are() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(#(\w+)\) \|(.+)\|$", RUNBOOK.read_text(), re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == sorted(ALERTS)
    end_to_end = Path(__file__).with_name("test_alert_delivery.py").read_text()
    for name, anchor, cells in rows:
        _, severity, _, units, delivery = (cell.strip() for cell in cells.split("|"))
        assert anchor == name.lower()
        assert severity == ALERTS[name]["labels"]["severity"]
        assert name in Path(__file__).with_name("units").joinpath(units.strip("`")).read_text()
        if not delivery.startswith("–"):
            assert delivery.strip("`").rstrip("…") in end_to_end
            assert f'"{name}"' in end_to_end
