"""From the metric to the pager: a real Longshore is filled, fails and dies; a real Prometheus with
the rules as shipped sees it; a real Alertmanager with the routes as shipped delivers it. Changed
are only addresses, and how long each waits (`support.alerting`).
"""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.admin import change, finished
from support.alerting import (
    ALERTMANAGER,
    DEPLOY,
    RULES,
    Yaml,
    alerts,
    impatient,
    load,
    redirected,
)
from support.behaviours import Behaviour, corrupt
from support.certificates import Certificates
from support.dashboard import SHIPPED, Dashboard
from support.download import Download
from support.fixtures import FOLDER
from support.http_client import connect
from support.http_server import HttpServer, Reply, Request, reply
from support.longshore import Longshore
from support.mail_sink import Mail, MailSink
from support.payload import KIB, MIB, payload
from support.prometheus import Alertmanager, Prometheus, Sample
from support.scripted_upstream import ScriptedUpstream
from support.volumes import failing_writes
from support.wait import hold, until

NAME = "library/app"
BLOB = 4 * MIB
DELIVERY_S = 60.0
STALL_S = 1.0
FEW = 4  # connections of one client that `us` takes
SECRETS = ("sms-token", "smtp-password", "wecom-token", "dingtalk-token", "on-call-token")
RUNBOOK = "https://longshore.example/deploy/RUNBOOK.md#"
USED = "instance:longshore_storage_used:ratio"


class Receivers:
    """Everybody whom Alertmanager can tell: webhooks at /NAME of their receiver, and a mailbox."""

    def __init__(self) -> None:
        self.web = HttpServer(self._take)
        self.mailbox = MailSink()

    def _take(self, request: Request) -> Reply:
        return reply(200)

    def stop(self) -> None:
        self.web.stop()
        self.mailbox.stop()

    def alerts(self, receiver: str, **labels: str) -> list[dict[str, Any]]:
        """The firing alerts with these labels that came to a receiver, in order."""
        bodies = [json.loads(it.body) for it in self.web.asked("POST", f"/{receiver}")]
        found = [alert for body in bodies for alert in body["alerts"]]
        return [
            it
            for it in found
            if it["status"] == "firing" and labels.items() <= it["labels"].items()
        ]

    def tokens(self, receiver: str) -> set[str]:
        return {it.headers["authorization"] for it in self.web.asked("POST", f"/{receiver}")}

    def mails(self, alert: str) -> list[Mail]:
        return [it for it in self.mailbox.mails if alert in it.message["Subject"]]


def limits_its_rate(left: int) -> Behaviour:
    """As Docker Hub does."""

    def limited(request: Request, answer: Reply) -> Reply:
        known = answer.with_header("RateLimit-Limit", "100;w=21600")
        return known.with_header("RateLimit-Remaining", f"{left};w=21600")

    return limited


class Watch:
    """Two Longshores in two regions, `eu` and `us`, and those who watch them. `eu` is about half
    full when the watch begins."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.upstream = ScriptedUpstream()
        self.upstream.on("", "/manifests/latest", limits_its_rate(left=90))
        stack.callback(self.upstream.stop)
        self.receivers = Receivers()
        stack.callback(self.receivers.stop)
        upstreams = {"docker.io": self.upstream.url, "quay.io": "http://127.0.0.1:9"}
        self.eu = Longshore(folder / "eu", upstreams, region="eu", cache={"size": "128MiB"})
        self.certificates = Certificates(folder / "certificates")
        self.certificates.issue(days=60)
        few = {"max_connections_per_client": FEW}
        self.us = Longshore(
            folder / "us", upstreams, self._tls(), region="us", cache={"size": "128MiB"}, **few
        )
        for longshore in (self.eu, self.us):
            stack.callback(longshore.stop)
            longshore.start()
        self.blobs = 0
        self.fill_to(0.5)
        secrets = folder / "secrets"
        secrets.mkdir()
        for name in SECRETS:
            (secrets / name).write_text(f"the {name}")
        self.alertmanager = Alertmanager(folder / "alertmanager", self._routes(secrets))
        self.prometheus = Prometheus(folder / "prometheus", self._watch(folder / "rules"))
        for watcher in (self.alertmanager, self.prometheus):
            stack.callback(watcher.stop)
            watcher.start()

    def _tls(self) -> Yaml:
        files = self.certificates
        return {
            "tls": {
                "certificate_file": str(files.server_certificate),
                "key_file": str(files.server_key),
            }
        }

    def _routes(self, secrets: Path) -> Yaml:
        webhooks, mailbox = self.receivers.web.url, self.receivers.mailbox.address
        return redirected(load(ALERTMANAGER), webhooks, mailbox, secrets)

    def _watch(self, rules: Path) -> Yaml:
        """The shipped configuration with other targets, looking every second."""
        rules.mkdir()
        for path in RULES.glob("*.yml"):
            (rules / path.name).write_text(yaml.safe_dump(impatient(load(path))))
        config = load(DEPLOY / "prometheus" / "prometheus.yml")
        config["global"].update(scrape_interval="1s", evaluation_interval="1s")
        config["rule_files"] = [str(rules / "*.yml")]
        managers = config["alerting"]["alertmanagers"][0]
        managers["static_configs"][0]["targets"] = [self.alertmanager.address]
        targets = [f"127.0.0.1:{it.admin_port}" for it in (self.eu, self.us)]
        config["scrape_configs"][0]["static_configs"][0]["targets"] = targets
        return config

    def used(self) -> float:
        metrics = self.eu.metrics()
        capacity = metrics.total("longshore_storage_capacity_bytes")
        return metrics.total("longshore_storage_used_bytes") / capacity

    def pull_another(self) -> str:
        """A blob that was never asked for; its digest."""
        self.blobs += 1
        digest = self.upstream.repository(NAME).add_blob(payload(BLOB, self.blobs))
        assert self.eu.client().blob(NAME, digest).status == 200
        return digest

    def fill_to(self, share: float) -> None:
        """Pulls blob after blob until so much of the cache is used."""
        while self.used() < share:
            assert self.blobs < 64, f"128 MiB are not {share:.0%} full of 64 blobs"
            self.pull_another()

    def start_us(self) -> None:
        """Starts it, and waits until Prometheus has seen that."""
        self.us.start()
        started = self.us.metrics().total("longshore_process_start_time_seconds")
        seen = f'longshore_process_start_time_seconds{{region="us"}} >= {started:.3f}'
        until(lambda: self.prometheus.query(seen), "the start is seen", DELIVERY_S)

    def pull_well(self) -> None:
        """A manifest and a blob of 100 KiB, which are hits from the second time on."""
        image = self.upstream.repository(NAME).add_image(payload(100 * KIB, 1000), "latest")
        assert self.eu.client().manifest(NAME, "latest").status == 200
        assert self.eu.client().blob(NAME, image.layer_digest).status == 200

    def pull_in_vain(self) -> None:
        """From an upstream that is not there."""
        assert self.eu.client(ns="quay.io").manifest(NAME, "latest").status >= 500

    def delivered(self, receiver: str, alert: str, region: str = "eu") -> dict[str, Any]:
        """Waits for an alert at a receiver."""
        arrived: list[dict[str, Any]] = until(
            lambda: self.receivers.alerts(receiver, alertname=alert, region=region),
            f"{alert} of {region} comes to {receiver}",
            DELIVERY_S,
        )
        assert arrived[0]["annotations"]["runbook_url"] == RUNBOOK + alert.lower()
        assert region in arrived[0]["annotations"]["summary"]
        return arrived[0]


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    folder = Path(tempfile.mkdtemp(prefix="longshore-"))
    with ExitStack() as stack:
        yield Watch(folder, stack)
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def logs_upon_failure(request: pytest.FixtureRequest, watch: Watch) -> None:
    request.node.stash[FOLDER] = watch.folder


def test_a_cache_filled_to_86_percent_comes_as_text_message_and_mail(watch: Watch) -> None:
    until(lambda: watch.prometheus.query(f'{USED}{{region="eu"}} < 0.85'), "it is watched")
    assert watch.prometheus.query('ALERTS{alertname="LongshoreStorageAlmostFull"}') == []
    watch.fill_to(0.86)
    assert watch.used() <= 1

    alert = watch.delivered("storage", "LongshoreStorageAlmostFull")
    assert alert["labels"]["severity"] == "warning"
    assert alert["labels"]["instance"] == f"127.0.0.1:{watch.eu.admin_port}"
    assert watch.receivers.tokens("storage") == {"Bearer the sms-token"}

    (mail, *_) = until(
        lambda: watch.receivers.mails("LongshoreStorageAlmostFull"), "the mail", DELIVERY_S
    )
    assert mail.recipients == ["storage@longshore.example"]
    assert mail.password == "the smtp-password"
    for receiver in ("default", "failures", "vulnerabilities"):
        assert watch.receivers.alerts(receiver, alertname="LongshoreStorageAlmostFull") == []


def test_failing_pulls_come_to_wecom(watch: Watch) -> None:
    def failing() -> bool:
        watch.pull_in_vain()
        return bool(watch.receivers.alerts("failures", alertname="LongshorePullsFailing"))

    until(failing, "the failures are delivered", DELIVERY_S)
    alert = watch.delivered("failures", "LongshorePullsFailing")
    assert alert["labels"]["severity"] == "critical"
    assert watch.receivers.tokens("failures") == {"Bearer the wecom-token"}


def test_wrong_bytes_come_to_those_on_call(watch: Watch, folder: Path) -> None:
    digest = watch.upstream.repository(NAME).add_blob(payload(100 * KIB, 2000))
    watch.upstream.on("GET", digest, corrupt(10))
    seen = 'longshore_digest_mismatches_total{region="eu"}'
    until(lambda: watch.prometheus.query(seen), "Prometheus knows of the time before")
    assert Download(f"{watch.eu.url}/v2/{NAME}/blobs/{digest}", folder / "wrong").digest() is None
    alert = watch.delivered("default", "LongshoreDigestMismatch")
    assert alert["labels"]["severity"] == "critical"
    assert watch.receivers.tokens("default") == {"Bearer the on-call-token"}


def test_an_idle_longshore_is_left_alone_and_a_killed_longshore_is_not(watch: Watch) -> None:
    """But for what a busy machine brings about by itself."""
    until(lambda: watch.prometheus.query('longshore_build_info{region="us"}'), "it is watched")
    busy = "LongshoreDown|LongshoreEventLoopLag"
    assert watch.prometheus.query(f'ALERTS{{region="us", alertname!~"{busy}"}}') == []
    watch.us.kill()
    alert = watch.delivered("default", "LongshoreDown", region="us")
    assert alert["labels"]["severity"] == "critical"
    assert alert["labels"]["instance"] == f"127.0.0.1:{watch.us.admin_port}"


def test_a_longshore_that_starts_again_and_again_wakes_somebody(watch: Watch) -> None:
    """It was killed by the test before this one."""
    watch.start_us()
    for _ in range(2):
        watch.us.stop()
        watch.start_us()
    alert = watch.delivered("default", "LongshoreRestartLoop", region="us")
    assert alert["labels"]["severity"] == "critical"


def test_loops_that_are_late_come_to_those_on_call(watch: Watch) -> None:
    """It has just been started by the test before this one, so little speaks against a few late turns.
    A busy machine may be some late, not as much as these."""
    (rule,) = (rule for rule in alerts() if rule["alert"] == "LongshoreEventLoopLag")
    lag = rule["expr"].replace("> 0.1", f"> {STALL_S / 2}")
    assert lag != rule["expr"]

    def stalled() -> list[Sample]:
        watch.us.process.signal(signal.SIGSTOP)
        hold(lambda: True, "it stands still", STALL_S)
        watch.us.process.signal(signal.SIGCONT)
        return [it for it in watch.prometheus.query(lag) if it["metric"]["region"] == "us"]

    until(stalled, "the lag is seen", DELIVERY_S)
    alert = watch.delivered("default", "LongshoreEventLoopLag", region="us")
    assert alert["labels"]["severity"] == "warning"


def test_a_certificate_that_is_not_renewed_comes_in_time(watch: Watch) -> None:
    assert watch.receivers.alerts("default", alertname="LongshoreCertificateExpiring") == []
    watch.certificates.issue(days=13)
    assert change(watch.us, "reload")["certificates"] == 1
    alert = watch.delivered("default", "LongshoreCertificateExpiring", region="us")
    assert alert["labels"]["listener"] == watch.us.address


def test_clients_that_are_refused_come_to_wecom(watch: Watch) -> None:
    """Nobody else asks `us` for anything."""
    with ExitStack() as held:
        for _ in range(FEW):
            held.enter_context(connect(watch.us.port))

        def refused() -> bool:
            connect(watch.us.port).close()
            return bool(watch.receivers.alerts("failures", alertname="LongshoreClientsRefused"))

        until(refused, "the refusals are delivered", DELIVERY_S)
    alert = watch.delivered("failures", "LongshoreClientsRefused", region="us")
    assert alert["labels"]["severity"] == "critical"
    assert alert["labels"]["limit"] == "client"


def test_an_upstream_that_keeps_failing_comes_to_those_on_call(watch: Watch) -> None:
    """And that it is left alone fires beside it; Alertmanager lets the one speak for both."""
    left_alone = 'ALERTS{alertname="LongshoreBreakerOpen", alertstate="firing", region="eu"}'

    def is_left_alone() -> list[Sample]:
        watch.pull_in_vain()
        return watch.prometheus.query(left_alone)

    (breaker,) = until(is_left_alone, "the breaker's alert fires", DELIVERY_S)
    alert = watch.delivered("default", "LongshoreUpstreamDown")
    for labels in (breaker["metric"], alert["labels"]):
        assert labels["upstream"] == "quay.io"
    assert alert["labels"]["severity"] == "critical"


def test_a_rate_limit_that_is_nearly_used_up_comes_before_it_is(watch: Watch) -> None:
    watch.upstream.on("", "/manifests/scarce", limits_its_rate(left=9))
    watch.upstream.repository(NAME).add_image(payload(KIB, 3000), "scarce")
    assert watch.eu.client().manifest(NAME, "scarce").status == 200
    alert = watch.delivered("default", "LongshoreRateLimitBudgetLow")
    assert alert["labels"]["upstream"] == "docker.io"
    assert "9%" in alert["annotations"]["summary"]


def test_a_disk_that_takes_no_writes_comes_as_text_message(watch: Watch) -> None:
    for alert in ("LongshoreStorageErrors", "LongshoreStorageDegraded"):
        assert watch.receivers.alerts("storage", alertname=alert) == []
    with failing_writes(watch.eu.process.pid):
        watch.pull_another()
        errors = watch.delivered("storage", "LongshoreStorageErrors")
        degraded = watch.delivered("storage", "LongshoreStorageDegraded")
    assert errors["labels"]["part"] in ("disk", "index")
    assert degraded["labels"]["reason"] == "io"
    until(lambda: watch.eu.admin("/readyz").body == b"ready\n", "it is well again", DELIVERY_S)


def test_a_blob_that_the_disk_changed_comes_to_those_on_call(watch: Watch) -> None:
    digest = watch.pull_another()
    until(lambda: digest in watch.eu.stored_digests(), "it is sealed")
    with watch.eu.stored_file(digest).open("r+b") as file:
        file.write(b"rot")
    seen = 'longshore_scrub_corrupt_blobs_total{region="eu"} == 0'
    until(lambda: watch.prometheus.query(seen), "Prometheus knows of the time before")
    assert finished(watch.eu, change(watch.eu, "verify", digest=digest))["damaged"] == [digest]
    alert = watch.delivered("default", "LongshoreBitRot")
    assert alert["labels"]["severity"] == "critical"


def test_a_cache_that_evicts_what_it_just_stored_comes_as_text_message(watch: Watch) -> None:
    while watch.eu.metrics().total("longshore_evicted_young_bytes_total") < 2 * BLOB:
        assert watch.blobs < 128, "128 MiB hold 128 blobs of 4 MiB"
        watch.pull_another()
    watch.delivered("storage", "LongshoreCacheThrashing")


def test_every_query_of_the_dashboard_is_about_the_chosen_regions() -> None:
    for query in Dashboard(load(SHIPPED), region="(chosen)", upstream=".+").queries():
        assert query.count("{") == query.count('region=~"(chosen)"'), query


def has_data(watch: Watch, query: str) -> bool:
    """It gives numbers, not only NaN, while there is traffic of every kind."""
    watch.pull_well()
    watch.pull_in_vain()
    return any(it["value"][1] != "NaN" for it in watch.prometheus.query(query))


def test_every_query_of_the_dashboard_gives_data(watch: Watch) -> None:
    dashboard = Dashboard(load(SHIPPED), region="eu", upstream="docker.io|quay.io")
    for variable, (label, selector) in dashboard.variables().items():
        assert watch.prometheus.label_values(label, selector), variable
    for query in dashboard.queries():
        until(lambda: has_data(watch, query), f"data for {query}", DELIVERY_S)
