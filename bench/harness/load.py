"""Small requests in numbers: wrk for GET, bench_requests for HEAD, which wrk cannot."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from harness import cores
from harness.programs import FOLDER
from support.commands import run
from support.oci import MANIFEST

CONNECTIONS = 64
ACCEPT = MANIFEST  # else docker-registry makes another manifest of it
DONE = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m),")
P99 = re.compile(r"^\s+99%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0}


class Load(NamedTuple):
    per_second: float
    ms_p99: float

    @staticmethod
    def of_wrk(port: int, path: str, seconds: float, connections: int = CONNECTIONS) -> Load:
        address = f"http://127.0.0.1:{port}{path}"
        words = ["-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency"]
        with cores.born_on(cores.LAST):
            said = run(["wrk", *words, "-H", f"Accept: {ACCEPT}", address], timeout=seconds + 60)
        assert "Non-2xx" not in said and "Socket errors" not in said, said
        done, p99 = DONE.search(said), P99.search(said)
        assert done and p99, said
        per_second = int(done[1]) / (float(done[2]) * SECONDS[done[3]])
        return Load(per_second, float(p99[1]) * MS[p99[2]])

    @staticmethod
    def of_heads(port: int, path: str, seconds: float, connections: int = CONNECTIONS) -> Load:
        words = ["--method", "HEAD", "--accept", ACCEPT, "--seconds", f"{seconds}"]
        with cores.born_on(cores.LAST):
            said = json.loads(
                run(
                    [
                        *(FOLDER / "bench_requests", str(port), path),
                        *("--connections", str(connections), *words),
                    ],
                    timeout=seconds + 60,
                )
            )
        assert said["wrong"] == 0 and said["lost"] == 0, said
        return Load(said["answered"] / said["seconds"], said["ms_p99"])
