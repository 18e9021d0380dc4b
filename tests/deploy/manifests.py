"""Kubernetes manifests held against the API's own object model (Debian's python3-kubernetes): no unknown
field, no missing one, no value of another type; and against each other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from support.longshore import longshore_says

Object = dict[str, Any]
GROUPS = {"apps/v1": "V1", "v1": "V1", "policy/v1": "V1", "networking.k8s.io/v1": "V1"}
PLAIN: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "float": (float, int)}
# What the process needs beside max_memory (docs/capacity.md).
BESIDE_MAX_MEMORY = 256 << 20
SIZE = re.compile(r"(\d+)([KMG])iB?")
CONTAINER = re.compile(r"(list\[|dict\(str, )(.+)[\])]")


class ManifestError(AssertionError):
    """The API server would refuse it, or it would not do what it says."""


def byte_count(size: str) -> int:
    """Of "640MiB" as Longshore writes it, of "1Gi" as Kubernetes does."""
    found = SIZE.fullmatch(size)
    assert found, f"neither Longshore nor Kubernetes writes a size so here: {size}"
    return int(found[1]) << {"K": 10, "M": 20, "G": 30}[found[2]]


def objects(text: str) -> list[Object]:
    return [one for one in yaml.safe_load_all(text) if one is not None]


def check_field(kind: str, value: Any, where: str) -> Any:
    """Returns the value as the model wants it."""
    if kind == "object":  # a number or a string; or anything
        return value
    if container := CONTAINER.fullmatch(kind):
        wanted = list if container[1] == "list[" else dict
        if not isinstance(value, wanted):
            raise ManifestError(f"{where}: not a {wanted.__name__}: {value!r}")
        parts = enumerate(value) if wanted is list else value.items()
        made = {key: check_field(container[2], part, f"{where}[{key}]") for key, part in parts}
        return list(made.values()) if wanted is list else made
    if kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (isinstance(value, bool) and kind != "bool"):
            raise ManifestError(f"{where}: not of type {kind}: {value!r}")
        return value
    return check_model(getattr(client, kind), value, where)


def check_model(model: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ManifestError(f"{where}: not a mapping: {value!r}")
    names = {written: name for name, written in model.attribute_map.items()}
    fields = {}
    for written, part in value.items():
        if written not in names:
            raise ManifestError(f"{where}.{written}: unknown to {model.__name__}")
        name = names[written]
        fields[name] = check_field(model.openapi_types[name], part, f"{where}.{written}")
    try:
        return model(**fields)
    except ValueError as missing:
        raise ManifestError(f"{where}: {missing}") from missing


def check_object(one: Object) -> None:
    where = f"{one['kind']}/{one['metadata']['name']}"
    if one["apiVersion"] == "monitoring.coreos.com/v1":
        return  # the operator's own; held against its Service below
    check_model(getattr(client, GROUPS[one["apiVersion"]] + one["kind"]), one, where)


class Manifests:
    """All objects of one deployment."""

    def __init__(self, text: str) -> None:
        self.objects = objects(text)

    def of(self, kind: str) -> list[Object]:
        return [one for one in self.objects if one["kind"] == kind]

    def one(self, kind: str) -> Object:
        (found,) = self.of(kind)
        return found

    @property
    def workload(self) -> Object:
        (found,) = self.of("Deployment") + self.of("DaemonSet")
        return found

    @property
    def pod(self) -> Object:
        template: Object = self.workload["spec"]["template"]
        return template

    def config_text(self) -> str:
        """What the pod has as longshore.yaml."""
        (name,) = (v["configMap"]["name"] for v in self.pod["spec"]["volumes"] if "configMap" in v)
        (found,) = (one for one in self.of("ConfigMap") if one["metadata"]["name"] == name)
        text: str = found["data"]["longshore.yaml"]
        return text

    def config(self) -> Object:
        loaded: Object = yaml.safe_load(self.config_text())
        return loaded

    def check(self, folder: Path) -> None:
        for one in self.objects:
            check_object(one)
        self.check_selectors()
        self.check_pod()
        self.check_memory()
        path = folder / "longshore.yaml"
        path.write_text(self.config_text())
        checked = longshore_says("check-config", path)
        assert checked.returncode == 0, checked.stderr

    def check_selectors(self) -> None:
        labels = self.pod["metadata"]["labels"].items()
        assert self.workload["spec"]["selector"]["matchLabels"].items() <= labels
        for kind in ("PodDisruptionBudget", "NetworkPolicy"):
            spec = self.one(kind)["spec"]
            assert spec.get("selector", spec.get("podSelector"))["matchLabels"].items() <= labels
        ports = {port["name"] for port in self.pod["spec"]["containers"][0]["ports"]}
        for service in self.of("Service"):
            assert service["spec"]["selector"].items() <= labels
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
        for monitor in self.of("ServiceMonitor"):
            wanted = monitor["spec"]["selector"]["matchLabels"].items()
            (service,) = (s for s in self.of("Service") if wanted <= s["metadata"]["labels"].items())
            (endpoint,) = monitor["spec"]["endpoints"]
            assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}

    def check_pod(self) -> None:
        spec = self.pod["spec"]
        (container,) = spec["containers"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        for one in (container, *spec.get("initContainers", [])):
            assert {mount["name"] for mount in one["volumeMounts"]} <= volumes
            assert one["securityContext"]["readOnlyRootFilesystem"] is True
            assert one["securityContext"]["capabilities"]["drop"] == ["ALL"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["serviceAccountName"] == self.one("ServiceAccount")["metadata"]["name"]
        claims = {one["metadata"]["name"] for one in self.of("PersistentVolumeClaim")}
        for volume in spec["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims
        listened = {int(a.rpartition(":")[2]) for a in self._addresses()}
        assert listened == {port["containerPort"] for port in container["ports"]}

    def check_memory(self) -> None:
        """Overload must end in 503s, not in the kernel's OOM killer."""
        (container,) = self.pod["spec"]["containers"]
        limit = byte_count(container["resources"]["limits"]["memory"])
        most = byte_count(self.config()["max_memory"])
        if most + BESIDE_MAX_MEMORY > limit:
            raise ManifestError(f"max_memory {most} leaves less than 256 MiB of the limit {limit}")

    def _addresses(self) -> list[str]:
        config = self.config()
        return [*config["listen"], config["admin_listen"]]
