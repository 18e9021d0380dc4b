"""The program under test as a process: its configuration from a dict, its metrics, its files, its
death.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from support.http_client import Response, get
from support.metrics import Metrics
from support.ports import answers, free_port
from support.process import Process
from support.registry_client import RegistryClient
from support.sanitizers import SANITIZER, demand_silence
from support.wait import PATIENCE_S, until

BINARY = Path(os.environ.get("LONGSHORE_BINARY", "build/release/longshore")).resolve()
START_S = PATIENCE_S
COMMAND_S = PATIENCE_S
VM_HWM = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)

Settings = dict[str, Any]
Argv = list[str | Path]


def longshore_says(*argv: str | Path) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    done = subprocess.run(
        [BINARY, *argv], check=False, capture_output=True, text=True, timeout=COMMAND_S
    )
    demand_silence(done.stderr)
    return done


def one_connection(url: str, **settings: Any) -> Settings:
    """An upstream of which each blob takes one connection at a time: its bytes come in order, by
    one GET unless that breaks. How many a blob takes otherwise depends on how fast all answer."""
    return {"url": url, "max_connections_per_blob": 1, **settings}


def is_ready(admin_port: int) -> bool:
    return answers(admin_port) and get(admin_port, "/readyz").status == 200


class Longshore:
    """Construction only writes the configuration. `upstreams` maps a name to its URL or to all its
    settings. Other settings are merged over the defaults below. The first upstream is the default
    one unless `default_upstream` says otherwise. `listener` is what is special to its listener.
    """

    def __init__(
        self,
        folder: Path,
        upstreams: Mapping[str, str | Settings],
        listener: Settings | None = None,
        **settings: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.admin_port = free_port()
        self.cache = Path(settings.get("cache", {}).get("path", folder / "cache"))
        self.config_path = folder / "longshore.yaml"
        self.log_path = folder / "longshore.log"
        self._listener = listener
        self.config_path.write_text(
            yaml.safe_dump(self._config(upstreams, settings), sort_keys=False)
        )
        self._process: Process | None = None

    def _config(self, upstreams: Mapping[str, str | Settings], settings: Settings) -> Settings:
        defaults: Settings = {
            "region": "test",
            "listen": [
                {"address": self.address, **self._listener} if self._listener else self.address
            ],
            "admin_listen": f"127.0.0.1:{self.admin_port}",
            "threads": 2,
            "cache": {"path": str(self.cache), "size": "4GiB"},
            "log": {"level": "debug", "format": "json"},
            "tag_ttl": "1h",
            # No upstream of a test is late because the machine is busy.
            "upstream_first_byte": "10m",
            "default_upstream": next(iter(upstreams)),
            "upstreams": {
                name: {"url": it} if isinstance(it, str) else it for name, it in upstreams.items()
            },
        }
        cache = {**defaults["cache"], **settings.pop("cache", {})}
        return {**defaults, **settings, "cache": cache}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def process(self) -> Process:
        assert self._process is not None, "longshore is stopped"
        return self._process

    def launch(self, within: Callable[[Argv], Argv] = lambda argv: argv) -> None:
        """Starts it and waits for nothing. `within` makes it the command of another, which becomes
        it."""
        argv = within([BINARY, "serve", "--config", self.config_path])
        self._process = Process(argv, self.log_path)

    def start(self, within: Callable[[Argv], Argv] = lambda argv: argv) -> None:
        self.launch(within)
        self.process.ready(lambda: is_ready(self.admin_port), "longshore is ready", START_S)

    def refuse_to_start(self) -> str:
        """Expects it to end by itself with status 1; returns what it said."""
        process = Process([BINARY, "serve", "--config", self.config_path], self.log_path)
        try:
            assert process.exit_status(START_S) == 1
            return process.log_text()
        finally:
            process.stop()

    def stop(self) -> None:
        """Told to end, or having been told to by the test, it ends in peace."""
        if self._process is not None:
            process, self._process = self._process, None
            process.stop()
            status = process.exit_status()
            assert status == 0, f"exit status {status}\n{process.log_text()[-2000:]}"

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self._process = None

    def client(self, ns: str | None = None, host: str | None = None) -> RegistryClient:
        return RegistryClient(self.port, ns, host)

    def admin(self, path: str) -> Response:
        return get(self.admin_port, path)

    def until_hit(self, path: str) -> Response:
        """Asks for a path below /v2/ until it is a hit: the end of a fill may come after its last
        client has all bytes."""

        def hit() -> Response | None:
            answer = self.client().ask("GET", path)
            return answer if answer.header("Cache-Status") == "longshore; hit" else None

        return until(hit, f"a hit of {path}")

    def until_compressed(self, digest: str) -> None:
        """Waits until a stored blob is kept as frames, and its identity bytes are gone."""
        identity = self.stored_file(digest)
        frames = identity.with_name(identity.name + ".zst")
        until(lambda: frames.exists() and not identity.exists(), "the blob is stored compressed")

    def metrics(self) -> Metrics:
        answer = self.admin("/metrics")
        assert answer.status == 200, answer
        return Metrics(answer.body.decode())

    def peak_rss_bytes(self) -> int:
        """The most memory the process ever held (VmHWM)."""
        found = VM_HWM.search(Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) * 1024

    def assert_peak_rss_below(self, limit: int) -> None:
        """Not of a sanitizer's binary: its shadow and its quarantine would be what is measured."""
        assert SANITIZER or self.peak_rss_bytes() < limit

    def log_text(self) -> str:
        return self.log_path.read_text(errors="replace")

    def log_lines(self) -> list[dict[str, Any]]:
        """The lines that are written in full."""
        whole, _, _ = self.log_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def staged_files(self) -> list[Path]:
        return files_below(self.cache / "staging")

    def stored_digests(self) -> set[str]:
        """The blobs that lie sealed on disk, by their names."""
        blobs = self.cache / "blobs"
        return {f"{path.relative_to(blobs).parts[0]}:{path.name}" for path in files_below(blobs)}

    def stored_file(self, digest: str) -> Path:
        """Where a sealed blob lies that is kept as it came."""
        algorithm, digits = digest.split(":")
        return self.cache / "blobs" / algorithm / digits[:2] / digits

    def disk_bytes(self) -> int:
        """What the cache folder really takes, as du counts it."""
        return sum(map(blocks_of, files_below(self.cache)))


def blocks_of(path: Path) -> int:
    """Bytes of blocks; none for a file that vanished since it was listed."""
    try:
        return path.lstat().st_blocks * 512
    except FileNotFoundError:
        return 0


def files_below(folder: Path) -> list[Path]:
    """Files may vanish while this looks: the server is alive."""
    found: list[Path] = []
    for parent, _, names in os.walk(folder, onerror=lambda error: None):
        found += [Path(parent, name) for name in names]
    return found
