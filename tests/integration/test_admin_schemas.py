"""Every answer of the admin API is as its OpenAPI description says, to the last field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from support import oci
from support.admin import ask, finished
from support.behaviours import Hold
from support.download import Download
from support.http_client import Response
from support.longshore import Longshore
from support.one_image import NAME, REF
from support.payload import KIB, MIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

PREFIX = "/api/v1/"


def closed(schema: Any) -> Any:
    """The same, and no field but those that are described. Whoever reads the description may ignore
    what a later version adds; a test must not."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        shut["additionalProperties"] = False
    return shut


class Described:
    """Asks, and holds each answer against the description. Remembers what was asked."""

    def __init__(self, longshore: Longshore) -> None:
        self._longshore = longshore
        self.document = ask(longshore, "GET", "openapi.json").json()
        self._components = closed(self.document["components"])
        self.asked: set[tuple[str, str]] = set()

    def validate(self, schema: dict[str, Any], answer: Any) -> None:
        Draft202012Validator({**schema, "components": self._components}).validate(answer)

    def _check(self, method: str, endpoint: str, status: str, answer: Response) -> Any:
        operation = self.document["paths"][PREFIX + endpoint][method.lower()]
        schema = operation["responses"][status]["content"]["application/json"]["schema"]
        self.validate(schema, answer.json())
        return answer.json()

    def ask(self, method: str, endpoint: str, **query: str) -> Any:
        answer = ask(self._longshore, method, endpoint, **query)
        assert answer.status == 200, answer
        self.asked.add((method.lower(), PREFIX + endpoint))
        return self._check(method, endpoint, "200", answer)

    def refused(self, method: str, endpoint: str, **query: str) -> None:
        answer = ask(self._longshore, method, endpoint, **query)
        assert answer.status >= 400, answer
        self._check(method, endpoint, "default", answer)


@pytest.fixture
def described(longshore: Longshore) -> Described:
    return Described(longshore)


def add_index(upstream: ScriptedUpstream) -> None:
    repository = upstream.repository("library/multi")
    child = repository.add_image(payload(KIB), "child")
    entry = oci.Descriptor(oci.MANIFEST, child.manifest_digest, len(child.manifest)).json(
        platform={"os": "linux", "architecture": "amd64"}
    )
    repository.add_manifest(oci.image_index([entry]), oci.INDEX, "latest")


def test_every_answer_is_as_described(
    described: Described, longshore: Longshore, image: Image, upstream: ScriptedUpstream,
    folder: Path,
) -> None:
    add_index(upstream)
    api = described.ask
    api("GET", "openapi.json")
    assert api("GET", "why", ref="app")["verdict"] == "miss"
    assert api("GET", "stats")["last_hour"]["hit_ratio"] is None

    hold = Hold(at=MIB)
    upstream.on("GET", image.layer_digest, hold)
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{image.layer_digest}", folder / "layer")
    until(lambda: api("GET", "fills")["fills"], "a fill is under way")
    hold.release()
    assert download.digest() == image.layer_digest

    warmed = finished(longshore, api("POST", "warm", ref="app"))
    assert api("GET", "tasks", id=str(warmed["id"]))["items"]
    finished(longshore, api("POST", "warm", ref="multi", platform="all"))
    finished(longshore, api("POST", "verify"))
    assert len(api("GET", "tasks")["tasks"]) == 3
    longshore.until_hit(f"{NAME}/manifests/latest")

    assert api("GET", "why", ref="app")["contents"]
    assert api("GET", "why", ref="multi")["platforms"]
    api("GET", "why", ref=f"app@{image.manifest_digest}")
    assert api("GET", "stats")["last_hour"]["minutes"]
    api("POST", "pin", ref="app")
    assert api("GET", "pins")["pins"]
    assert len(api("GET", "ls", pinned="true")["images"]) == 1
    assert len(api("GET", "ls", limit="1")["images"]) == 1
    assert api("POST", "purge", pattern="*", dry_run="true")["kept_pinned"] == 1
    api("POST", "unpin", ref="app")
    assert api("POST", "purge", ref=REF)["tags"] == 1
    api("POST", "reload")
    api("POST", "drain")
    paths = described.document["paths"]
    assert described.asked == {(method, path) for path in paths for method in paths[path]}


def test_every_refusal_is_as_described(described: Described) -> None:
    described.refused("GET", "why", ref="Not An Image")
    described.refused("GET", "why")
    described.refused("GET", "stats", colour="blue")
    described.refused("POST", "unpin", ref="app")


def test_the_schemas_are_schemas_and_notice_what_is_missing_or_new(described: Described) -> None:
    for schema in described.document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    pinned = {"$ref": "#/components/schemas/Pinned"}
    described.validate(pinned, {"reference": REF, "message": "done"})
    for wrong in ({"reference": REF}, {"reference": REF, "message": 7},
                  {"reference": REF, "message": "done", "new": True}):
        with pytest.raises(ValidationError):
            described.validate(pinned, wrong)
