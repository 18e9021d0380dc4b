"""Small requests in numbers: wrk for GET, bench_requests for HEAD, which wrk cannot."""

from __future__ import annotations

import re
from typing import NamedTuple

from harness import cores
from harness.programs import ask
from support.commands import run
from support.oci import MANIFEST

CONNECTIONS = 64
ACCEPT = MANIFEST  # else docker-registry makes another manifest of it
DONE = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m), ([\d.]+)([KMG]?)B read")
P99 = re.compile(r"^\s+99%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0}


class Load(NamedTuple):
    per_second: float
    ms_p99: float
    bytes: float  # read by the client
    seconds: float

    @staticmethod
    def of_wrk(
        port: int,
        path: str,
        seconds: float,
        connections: int = CONNECTIONS,
        scheme: str = "http",
        on: set[int] = cores.LAST,
    ) -> Load:
        address = f"{scheme}://127.0.0.1:{port}{path}"
        words = [f"-t{len(on)}", f"-c{connections}", f"-d{seconds:.0f}s", "--latency"]
        with cores.born_on(on):
            said = run(["wrk", *words, "-H", f"Accept: {ACCEPT}", address], timeout=seconds + 60)
        assert "Non-2xx" not in said and "Socket errors" not in said, said
        done, p99 = DONE.search(said), P99.search(said)
        assert done and p99, said
        took = float(done[2]) * SECONDS[done[3]]
        read = float(done[4]) * BYTES[done[5]]
        return Load(int(done[1]) / took, float(p99[1]) * MS[p99[2]], read, took)

    @staticmethod
    def of_heads(port: int, path: str, seconds: float, connections: int = CONNECTIONS) -> Load:
        said = ask(
            port, path, connections=connections, method="HEAD", accept=ACCEPT, seconds=seconds
        ).check()
        return Load(said.answered / said.seconds, said.ms_p99, 0, said.seconds)
