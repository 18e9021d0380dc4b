from __future__ import annotations

import copy
import hashlib
import shutil
from pathlib import Path

import pytest

from deploy.manifests import ManifestError, Manifests, byte_count, check_object
from support.commands import run

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OVERLAYS = sorted(path.name for path in (DEPLOY / "kustomize/overlays").iterdir())
CHART = DEPLOY / "helm/longshore"
RENDERED = Path(__file__).parent / "helm"
KINDS = ("deployment", "daemonset")


def kustomize(overlay: str) -> Manifests:
    return Manifests(run(["kubectl", "kustomize", DEPLOY / "kustomize/overlays" / overlay]))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_gives_what_the_api_understands(folder: Path, overlay: str) -> None:
    manifests = kustomize(overlay)
    manifests.check(folder)
    assert manifests.config()["region"] == overlay
    namespaced = [one for one in manifests.objects if one["kind"] != "Namespace"]
    assert {one["metadata"]["namespace"] for one in namespaced} == {"longshore"}
    (container,) = manifests.pod["spec"]["containers"]
    assert container["image"] == "registry.example/longshore:0.1.0"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_cache_is_smaller_than_its_volume(overlay: str) -> None:
    manifests = kustomize(overlay)
    size = byte_count(manifests.config()["cache"]["size"])
    for claim in manifests.of("PersistentVolumeClaim"):
        assert size < byte_count(claim["spec"]["resources"]["requests"]["storage"])


def chart_hash() -> str:
    """Of all that decides what the chart renders to."""
    digest = hashlib.sha256()
    for path in sorted(path for path in CHART.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(CHART)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def render(kind: str) -> str:
    values = [f"--set=kind={kind}", "--set=serviceMonitor.enabled=true", "--set=region=eu-1"]
    return run(["helm", "template", "edge", CHART, "--namespace", "longshore", *values])


@pytest.mark.parametrize("kind", KINDS)
def test_what_helm_renders_the_chart_to_is_what_the_api_understands(
    folder: Path, kind: str
) -> None:
    """Neither Debian nor npm has Helm: `render.sh` keeps beside this file what it gave."""
    manifests = Manifests((RENDERED / f"{kind}.yaml").read_text())
    manifests.check(folder)
    assert manifests.workload["kind"].lower() == kind
    assert manifests.config()["region"] == "eu-1"


def test_what_is_kept_is_of_the_chart_as_it_is() -> None:
    kept = (RENDERED / "chart.sha256").read_text().strip()
    assert kept == chart_hash(), "the chart has changed: run tests/deploy/helm/render.sh"


@pytest.mark.skipif(shutil.which("helm") is None, reason="Helm is not installed")
def test_helm_itself_agrees() -> None:
    run(["helm", "lint", "--strict", CHART])
    for kind in KINDS:
        assert render(kind) == (RENDERED / f"{kind}.yaml").read_text()


def test_the_chart_and_the_overlays_make_the_same_pod() -> None:
    """They are two ways to write one thing."""
    for overlay, kind in (("eu-1", "deployment"), ("us-1", "daemonset")):
        ours, theirs = (
            copy.deepcopy(m.pod["spec"])
            for m in (kustomize(overlay), Manifests((RENDERED / f"{kind}.yaml").read_text()))
        )
        for spec in (ours, theirs):
            for key in ("serviceAccountName", "volumes"):
                del spec[key]
            for one in (*spec["containers"], *spec.get("initContainers", [])):
                one.pop("imagePullPolicy", None)
        assert ours == theirs


def test_the_checker_sees_memory_that_is_promised_twice() -> None:
    manifests = kustomize("eu-1")
    (container,) = manifests.pod["spec"]["containers"]
    container["resources"]["limits"]["memory"] = "896Mi"
    manifests.check_memory()
    container["resources"]["limits"]["memory"] = "895Mi"
    with pytest.raises(ManifestError):
        manifests.check_memory()


def test_the_checker_sees_what_is_wrong() -> None:
    good = kustomize("eu-1").workload
    check_object(good)
    for wrong in (
        lambda d: d["spec"].update(replica=2),
        lambda d: d["spec"].update(replicas="two"),
        lambda d: d["spec"].pop("selector"),
        lambda d: d["spec"]["template"]["spec"]["containers"][0].pop("name"),
        lambda d: d["spec"]["template"]["spec"].update(volumes={}),
    ):
        bad = copy.deepcopy(good)
        wrong(bad)
        with pytest.raises(ManifestError):
            check_object(bad)
