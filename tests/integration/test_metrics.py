"""/metrics and its neighbours, as Prometheus and an orchestrator see them."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from support.fixtures import StartLongshore
from support.http_client import Response, get
from support.longshore import Longshore
from support.payload import KIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

NAME = "library/app"

PROMISED = {
    "longshore_requests_total",
    "longshore_client_bytes_total",
    "longshore_upstream_bytes_total",
    "longshore_upstream_requests_total",
    "longshore_upstream_failures_total",
    "longshore_upstream_seconds",
    "longshore_upstream_up",
    "longshore_upstream_breaker_open",
    "longshore_upstream_redirect_breakers_open",
    "longshore_upstream_ratelimit_limit",
    "longshore_upstream_ratelimit_remaining",
    "longshore_request_seconds",
    "longshore_fills_in_flight",
    "longshore_digest_mismatches_total",
    "longshore_storage_used_bytes",
    "longshore_storage_capacity_bytes",
    "longshore_evictions_total",
    "longshore_cache_whatif_hit_ratio",
    "longshore_connections",
    "longshore_loop_lag_seconds",
}
NAMED_WELL = re.compile(r"^longshore_[a-z_]+$")


@pytest.fixture
def image(upstream: ScriptedUpstream) -> Image:
    return upstream.repository(NAME).add_image(payload(100 * KIB), "latest")


# How often clients were told each (kind, Cache-Status).
Told = Counter[tuple[str, str]]
VERDICTS = {"hit": "hit", "miss": "fwd=miss", "collapsed": "fwd=miss; collapsed"}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def longshore(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore, told: Told
) -> Longshore:
    """After one miss and at least one hit of each kind, and one failure, all counted. A fill may
    end after its client has all bytes, so there may be more requests than those."""
    upstreams = {
        "docker.io": {"url": upstream.url, "prefetch": False},
        "quay.io": "http://127.0.0.1:9",
    }
    longshore = start_longshore(upstreams)

    def ask(kind: str, path: str) -> Response:
        answer = longshore.client().ask("GET", f"{NAME}/{path}")
        told[kind, answer.header("Cache-Status").removeprefix("longshore; ")] += 1
        return answer

    for kind, path in (
        ("manifest", "manifests/latest"),
        ("blob", f"blobs/{image.layer_digest}"),
    ):
        until(lambda: ask(kind, path) and told[kind, "hit"], f"a hit of the {kind}")  # noqa: B023
        assert told[kind, "fwd=miss"] >= 1
    longshore.client(ns="quay.io").manifest(NAME, "latest")
    until(
        lambda: counted(longshore, status="2xx") == told.total()
        and counted(longshore, upstream="quay.io") == 1,
        "every request is counted",
    )
    return longshore


def counted(longshore: Longshore, **labels: str) -> float:
    return longshore.metrics().total("longshore_requests_total", **labels)


def test_every_promised_metric_is_there(longshore: Longshore) -> None:
    assert longshore.metrics().families() >= PROMISED


def test_every_sample_has_the_region_and_a_good_name(longshore: Longshore) -> None:
    samples = longshore.metrics().samples
    assert samples
    for sample in samples:
        assert sample.labels["region"] == "test", sample
        assert NAMED_WELL.match(sample.name), sample


def test_counters_end_in_total_and_histograms_in_a_unit(longshore: Longshore) -> None:
    for name, kind in longshore.metrics().types.items():
        assert name.endswith("_total") == (kind == "counter"), name
        if kind == "histogram":
            assert name.endswith(("_seconds", "_bytes")), name


def test_no_label_is_unbounded(longshore: Longshore, image: Image) -> None:
    text = longshore.metrics().text
    for secret in (NAME, "latest", image.layer_digest, image.manifest_digest, "127.0.0.1"):
        assert f'="{secret}"' not in text


@pytest.mark.parametrize("kind", ["manifest", "blob"])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_counted_as_clients_were_told_it(
    longshore: Longshore, told: Told, kind: str, verdict: str
) -> None:
    labels = {"upstream": "docker.io", "kind": kind, "status": "2xx", "verdict": verdict}
    assert counted(longshore, **labels) == told[kind, VERDICTS[verdict]]


def test_bytes_are_counted_on_both_sides(longshore: Longshore) -> None:
    metrics = longshore.metrics()
    fetched = metrics.total("longshore_upstream_bytes_total", upstream="docker.io")
    served = metrics.total("longshore_client_bytes_total", upstream="docker.io")
    assert 100 * KIB <= fetched < 110 * KIB
    assert served >= 2 * 100 * KIB


def test_failures_are_counted_for_the_upstream_that_failed(longshore: Longshore) -> None:
    metrics = longshore.metrics()
    assert metrics.total("longshore_upstream_failures_total", upstream="quay.io") >= 1
    assert metrics.total("longshore_upstream_failures_total", upstream="docker.io") == 0


def test_the_answer_is_prometheus_text(longshore: Longshore) -> None:
    answer = longshore.admin("/metrics")
    assert answer.header("Content-Type").startswith("text/plain")
    assert "# HELP longshore_requests_total " in answer.body.decode()


def test_health_and_readiness(longshore: Longshore) -> None:
    assert longshore.admin("/healthz").status == 200
    assert longshore.admin("/readyz").status == 200


def test_the_admin_paths_are_not_on_the_registry_port(longshore: Longshore) -> None:
    for path in ("/metrics", "/healthz", "/readyz"):
        assert get(longshore.port, path).status == 404
