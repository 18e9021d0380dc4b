"""A Grafana dashboard as the queries that it sends, with its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from support.alerting import DEPLOY

SHIPPED = DEPLOY / "grafana" / "longshore.json"
LABEL_VALUES = re.compile(r"^label_values\((?P<selector>.+), (?P<label>\w+)\)$")
# What Grafana makes of these when a pixel is a minute.
BUILT_IN = {"__rate_interval": "1m", "__range": "1h"}
Json = dict[str, Any]


class Dashboard:
    """`values` are what is chosen for the variables. One that is asked for and not given is a
    KeyError."""

    def __init__(self, model: Json, **values: str) -> None:
        self.model = model
        self._values = {**BUILT_IN, **values}

    def _fill(self, text: str) -> str:
        return re.sub(r"\$(\w+)", lambda it: self._values[it[1]], text)

    def panels(self) -> Iterator[Json]:
        """Every panel but the rows, also those inside a row."""
        for panel in self.model["panels"]:
            if panel["type"] == "row":
                yield from panel.get("panels", [])
            else:
                yield panel

    def queries(self) -> list[str]:
        """Each as Prometheus gets it: the panels' and the annotations'."""
        targets = [it for panel in self.panels() for it in panel.get("targets", [])]
        return [self._fill(it["expr"]) for it in [*targets, *self.model["annotations"]["list"]]]

    def variables(self) -> dict[str, tuple[str, str]]:
        """Of each variable that asks Prometheus: the label whose values it has, of which
        series."""
        found = {}
        for variable in self.model["templating"]["list"]:
            if variable["type"] == "query":
                match = LABEL_VALUES.match(variable["query"]["query"])
                assert match, variable
                found[variable["name"]] = (match["label"], self._fill(match["selector"]))
        return found
