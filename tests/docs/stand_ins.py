"""What the pages' commands do in a test: which programs are run as they are, and what stands in for those
that want a service manager, a daemon, a cluster or the internet. A stand-in takes the arguments it knows
and refuses all others; a program that is in no table is not found.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from docs.pages import ROOT
from support.commands import run
from support.http_client import request
from support.longshore import BINARY, Longshore, longshore_says
from support.oci import MANIFEST

# Run as they are, found on this machine.
REAL = ("cat", "df", "grep", "jq", "mv", "sort", "true", "uniq")
# The same with arguments before those that are written.
REAL_WITH = {"curl": "--fail", "skopeo": "--insecure-policy"}
# `longshore` itself: on a folder in place of /, and asking the listener of the test.
ON_ROOT = ("setup",)
ON_ADMIN = (
    "health", "why", "stats", "ls", "fills", "warm", "pin", "unpin", "purge", "verify", "drain", "reload",
)  # fmt: skip

UNITS = {"longshore", "longshore.service", "longshore.socket"}
OTHER_UNITS = {"docker", "containerd", "crio", "k3s"}
PACKAGE = "longshore_{version}_amd64.deb"


class UnknownUse(Exception):
    """No test knows what this would do."""


class Stage(NamedTuple):
    """Where the commands of a page run."""

    root: Path  # stands for /
    work: Path  # the folder they run in
    longshore: Longshore
    trace: Path


StandIn = Callable[[Stage, list[str]], str]


def expect(truth: object, why: str) -> None:
    if not truth:
        raise UnknownUse(why)


def systemctl(stage: Stage, words: list[str]) -> str:
    """Starts and stops the test's Longshore; of other units only the names are known."""
    verb, *names = [word for word in words if word != "--now"]
    expect(verb in ("enable", "start", "stop", "restart", "status", "edit"), f"verb {verb}")
    expect(names and set(names) <= UNITS | OTHER_UNITS, f"units {names}")
    for name in set(names) & {"longshore.service", "longshore.socket"}:
        expect((ROOT / "deploy/systemd" / name).exists(), f"{name} is not in deploy/systemd")
    if set(names) & UNITS:
        if verb in ("stop", "restart"):
            stage.longshore.stop()
        if verb in ("start", "restart"):
            stage.longshore.start()
    return ""


def journalctl(stage: Stage, words: list[str]) -> str:
    expect(words == ["-u", "longshore", "-o", "cat"], "other arguments")
    return stage.longshore.log_text()


def apt_get(stage: Stage, words: list[str]) -> str:
    """deploy/package installs, upgrades and removes the real one in a Debian."""
    verb, *names = [word for word in words if word != "--allow-downgrades"]
    expect(verb == "install", f"verb {verb}")
    version = longshore_says("version").stdout.split()[-1]
    for name in names:
        expect(Path(name).name == PACKAGE.format(version=version), f"the package is not called {name}")
    return ""


def pull(url: str, path: str, name: str, reference: str, namespace: str = "") -> str:
    """A manifest, as a client with this mirror asks for it: the clients themselves pull in
    clients/setup."""
    host, port = url.removeprefix("http://").split(":")
    expect(host == "127.0.0.1", url)
    query = f"?ns={namespace}" if namespace else ""
    answer = request(
        int(port), "GET", f"/v2/{path}{name}/manifests/{reference}{query}", {"Accept": MANIFEST}
    )
    expect(answer.status == 200, f"{url}: {answer}")
    return answer.header("Docker-Content-Digest") + "\n"


def split_image(text: str) -> tuple[str, str, str]:
    registry, _, rest = text.partition("/")
    name, _, tag = rest.partition(":")
    return registry, name, tag


def mirrors_of_docker(stage: Stage) -> list[str]:
    document = json.loads((stage.root / "etc/docker/daemon.json").read_text())
    found: list[str] = document["registry-mirrors"]
    return found


def docker(stage: Stage, words: list[str]) -> str:
    """Reads the daemon.json that was written. Compose: Debian's docker-compose reads the file. build:
    deploy/image builds it with Buildah."""
    if words == ["info"]:
        return "Registry Mirrors:\n " + "\n ".join(mirrors_of_docker(stage)) + "\n"
    if words[:1] == ["pull"] and len(words) == 2:
        name, _, tag = words[1].partition(":")
        return pull(mirrors_of_docker(stage)[0], "library/", name, tag)
    if words[:2] == ["compose", "-f"] and words[3:] in (["up", "--detach"], ["config", "--quiet"]):
        return run(["docker-compose", "--file", stage.work / words[2], "config", "--quiet"])
    expect(words[:2] == ["build", "-f"] and words[3:] == ["-t", "longshore", "."], "other arguments")
    expect((stage.work / words[2]).is_file(), f"{words[2]} is not there")
    return ""


def ctr(stage: Stage, words: list[str]) -> str:
    """Reads the hosts.toml that was written."""
    expect(words[:3] == ["images", "pull", "--hosts-dir"] and len(words) == 5, "other arguments")
    registry, name, tag = split_image(words[4])
    hosts = tomllib.loads((Path(words[3]) / registry / "hosts.toml").read_text())["host"]
    return pull(next(iter(hosts)), "", name, tag, registry)


def podman(stage: Stage, words: list[str]) -> str:
    """Reads the drop-in that was written."""
    expect(words[:1] == ["pull"] and len(words) == 2, "other arguments")
    registry, name, tag = split_image(words[1])
    drop_in = stage.root / "etc/containers/registries.conf.d/longshore.conf"
    found = tomllib.loads(drop_in.read_text())["registry"]
    (mirror,) = next(one for one in found if one["location"] == registry)["mirror"]
    host, _, path = mirror["location"].partition("/")
    return pull(f"http://{host}", f"{path}/" if path else "", name, tag)


def kustomized(stage: Stage, overlay: str) -> str:
    return run([shutil.which("kubectl") or "kubectl", "kustomize", stage.work / overlay])


def kubectl(stage: Stage, words: list[str]) -> str:
    """Renders; what is asked of a cluster is looked for in what is rendered. deploy/kubernetes holds the
    objects against the API."""
    if words[:1] == ["kustomize"] or words[:2] == ["apply", "--kustomize"]:
        return kustomized(stage, words[-1])
    expect(words[:4] == ["--namespace", "longshore", "rollout", "status"], "other arguments")
    kind, _, name = words[4].partition("/")
    objects = yaml.safe_load_all(kustomized(stage, "deploy/kustomize/overlays/eu-1"))
    named = [(one["kind"].lower(), one["metadata"]["name"]) for one in objects]
    expect((kind, name) in named, f"{words[4]} is not in {named}")
    return ""


def helm(stage: Stage, words: list[str]) -> str:
    """Names and values only: deploy/kubernetes has what Helm makes of the chart."""
    settings = [b for a, b in zip(words, words[1:], strict=False) if a == "--set"]
    plain = [word for word in words if not word.startswith("-") and word not in (*settings, "longshore")]
    verb, release, chart = plain
    expect(verb in ("install", "upgrade") and release, "other arguments")
    values: dict[str, Any] = yaml.safe_load((stage.work / chart / "values.yaml").read_text())
    for setting in settings:
        expect(setting.partition("=")[0] in values, f"{setting} is not in values.yaml")
    return ""


def dev(stage: Stage, words: list[str]) -> str:
    """`./dev`. Building and the demo are tests of their own; a replay is run, on a small trace."""
    if words[:2] == ["bench", "replay"]:
        program = BINARY.parent / "bench_replay"
        expect(program.exists(), "./dev test builds bench_replay first")
        return run([program, *words[2:]])
    usage = run([ROOT / "dev", "help"])
    expect(f"\n  {words[0]} " in usage, f"./dev help does not know {words[0]}")
    return ""


STAND_INS: dict[str, StandIn] = {
    "systemctl": systemctl,
    "journalctl": journalctl,
    "apt-get": apt_get,
    "docker": docker,
    "ctr": ctr,
    "podman": podman,
    "kubectl": kubectl,
    "helm": helm,
    "./dev": dev,
}
