"""Hits over TLS 1.3. The client decrypts on its core what the server encrypts on the other."""

from __future__ import annotations

import ssl
import urllib.request

from harness import cores
from harness.content import image
from harness.load import ACCEPT, CONNECTIONS, Load
from harness.process_tree import settled_cpu_seconds
from harness.results import (
    Metric,
    Results,
    Run,
    Target,
    at_least_times_best,
    no_worse_than_best,
)
from harness.scenario import REPOSITORY, Scenario
from peers.over_tls import LongshoreTls, NginxTls
from peers.peer import Peer

SIZE_MIB = 16
SECONDS = 3
BLOB_CONNECTIONS = (1, 8)
SMALL, TAIL = "manifest req/s", "manifest p99 ms"


def rate(connections: int) -> str:
    return f"×{connections} GB/s"


def cpu(connections: int) -> str:
    return f"×{connections} CPU s/GB"


class HitTls(Scenario):
    name = "hit_tls"
    idea = f"the same over TLS: manifest, {SIZE_MIB} MiB blob; one server core"
    peers = (LongshoreTls, NginxTls)
    metrics = (
        Metric(SMALL, 0, more_is_better=True),
        Metric(TAIL),
        *(
            metric
            for count in BLOB_CONNECTIONS
            for metric in (Metric(rate(count), more_is_better=True), Metric(cpu(count), 3))
        ),
    )

    def prepare(self) -> None:
        content = image([SIZE_MIB])
        self._registry = self.start_registry(content)
        self._manifest = f"/v2/{REPOSITORY}/manifests/{content.index_digest}"
        self._blob = self.blob_path(self.only_blob(content))

    def run(self, peer_type: type[Peer]) -> Run:
        with self.cache(peer_type, self._registry.port, on=cores.FIRST) as peer:
            for path in (self._manifest, self._blob) * 2:
                warm(peer.port, path)
                settled_cpu_seconds(peer.pid)
            load = Load.of_wrk(peer.port, self._manifest, SECONDS, scheme="https")
            run = {SMALL: load.per_second, TAIL: load.ms_p99}
            for count in BLOB_CONNECTIONS:
                before = settled_cpu_seconds(peer.pid)
                load = Load.of_wrk(peer.port, self._blob, SECONDS, count, "https")
                run[rate(count)] = load.bytes / 1e9 / load.seconds
                run[cpu(count)] = (settled_cpu_seconds(peer.pid) - before) / (load.bytes / 1e9)
        return run

    def targets(self, results: Results) -> list[Target]:
        nginx = [NginxTls.name]
        found = [
            at_least_times_best(results, SMALL, nginx, 1),
            no_worse_than_best(results, TAIL, nginx),
        ]
        for count in BLOB_CONNECTIONS:
            found.append(at_least_times_best(results, rate(count), nginx, 1, 2))
            found.append(no_worse_than_best(results, cpu(count), nginx, digits=3))
        return found


def warm(port: int, path: str) -> None:
    """A certificate made for this run is nobody's to verify."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    asked = urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers={"Accept": ACCEPT})
    with urllib.request.urlopen(asked, context=context, timeout=60) as answer:
        assert answer.status == 200, f"{path}: {answer.status}"
        answer.read()


SCENARIO = HitTls
