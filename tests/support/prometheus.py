"""Debian's Prometheus and Alertmanager as processes of a test, on loopback ports."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from support.http_client import get
from support.ports import answers, free_port
from support.process import Process

START_S = 60.0
Sample = dict[str, Any]  # {"metric": labels, "value": [time, text]}


class _Server:
    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.config_path = folder / "config.yml"
        self.config_path.write_text(yaml.safe_dump(config, sort_keys=False))
        self._process: Process | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _start(self, argv: list[str]) -> None:
        log = self.folder / f"{argv[0]}.log"
        listen = f"--web.listen-address={self.address}"
        self._process = Process([*argv, f"--config.file={self.config_path}", listen], log)
        self._process.ready(self._is_ready, f"{argv[0]} is ready", START_S)

    def _is_ready(self) -> bool:
        return answers(self.port) and get(self.port, "/-/ready").status == 200

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None


class Alertmanager(_Server):
    def start(self) -> None:
        storage = f"--storage.path={self.folder / 'data'}"
        self._start(["prometheus-alertmanager", storage, "--cluster.listen-address="])


class Prometheus(_Server):
    def start(self) -> None:
        self._start(["prometheus", f"--storage.tsdb.path={self.folder / 'data'}"])

    def query(self, expression: str) -> list[Sample]:
        """The vector that an expression gives now. An error of the expression is an
        AssertionError."""
        answer = get(self.port, "/api/v1/query?" + urlencode({"query": expression})).json()
        assert answer["status"] == "success", (expression, answer)
        result: list[Sample] = answer["data"]["result"]
        return result

    def label_values(self, label: str, selector: str) -> list[str]:
        target = f"/api/v1/label/{label}/values?" + urlencode({"match[]": selector})
        values: list[str] = get(self.port, target).json()["data"]
        return values
