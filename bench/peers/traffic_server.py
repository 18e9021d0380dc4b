"""Apache Traffic Server: a cache in one file, a thread a core, requests for one object joined."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from peers.peer import ProgramPeer

SETTINGS = """\
CONFIG proxy.config.http.server_ports STRING {port}:ip-in=127.0.0.1
CONFIG proxy.config.admin.user_id STRING nobody
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT {threads}
CONFIG proxy.config.http.cache.required_headers INT 0
CONFIG proxy.config.http.cache.heuristic_min_lifetime INT 86400
CONFIG proxy.config.http.cache.heuristic_max_lifetime INT 86400
CONFIG proxy.config.http.insert_response_via_str INT 0
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.cache.ram_cache.size INT 1G
CONFIG proxy.config.cache.ram_cache_cutoff INT 1G
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.http.cache.open_write_fail_action INT 4
CONFIG proxy.config.diags.output.diag STRING E
"""
ROOT = "/etc/trafficserver"


class TrafficServer(ProgramPeer):
    name = "traffic server"

    def argv(self) -> Sequence[str | Path]:
        config = self.folder / "etc"
        shutil.copytree(ROOT, config, dirs_exist_ok=True, ignore_dangling_symlinks=True)
        for name in ("cache", "log", "run"):
            (self.folder / name).mkdir(exist_ok=True)
        (config / "records.config").write_text(
            SETTINGS.format(port=self.port, threads=len(os.sched_getaffinity(0)))
        )
        (config / "storage.config").write_text(f"{self.folder}/cache 2G\n")
        (config / "remap.config").write_text(
            f"map http://127.0.0.1:{self.port}/ http://127.0.0.1:{self.upstream_port}/\n"
        )
        layout = self.folder / "runroot.yaml"
        layout.write_text(
            "".join(
                f"{key}: {value}\n"
                for key, value in {
                    "prefix": "/usr",
                    "exec_prefix": "/usr",
                    "bindir": "/usr/bin",
                    "sbindir": "/usr/sbin",
                    "sysconfdir": config,
                    "datadir": self.folder / "cache",
                    "localstatedir": self.folder / "run",
                    "runtimedir": self.folder / "run",
                    "logdir": self.folder / "log",
                    "cachedir": self.folder / "cache",
                }.items()
            )
        )
        self._give_away()
        return ["traffic_server", f"--run-root={layout}"]

    def _give_away(self) -> None:
        """It refuses to serve as root."""
        for folder in list(self.folder.parents)[:1]:
            folder.chmod(0o711)
        for path in (self.folder, *self.folder.rglob("*")):
            shutil.chown(path, "nobody")
