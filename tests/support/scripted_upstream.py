"""A registry in a few lines: what a test puts in, served over HTTP/1.1, with behaviours in front
of any path.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from support import oci
from support.behaviours import Behaviour
from support.http_server import HttpServer, Reply, Request, reply

ROUTE = re.compile(
    r"^/v2/(?P<repository>.+)/(?P<kind>manifests|blobs|tags|referrers)/(?P<reference>[^/]+)$"
)
CLOSED_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")


class Stored(NamedTuple):
    media_type: str
    data: bytes


class Image(NamedTuple):
    """A one-layer image as it was put in."""

    manifest: bytes
    manifest_digest: str
    config_digest: str
    layer_digest: str


class Repository:
    """What one repository holds. Blobs belong to a repository: another one does not have them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.manifests: dict[str, Stored] = {}
        self.tags: dict[str, str] = {}
        self.blobs: dict[str, bytes] = {}

    def add_blob(self, data: bytes, algorithm: str = "sha256") -> str:
        digest = oci.digest_of(data, algorithm)
        self.blobs[digest] = data
        return digest

    def add_manifest(
        self, data: bytes, media_type: str = oci.MANIFEST, tag: str | None = None
    ) -> str:
        digest = oci.digest_of(data)
        self.manifests[digest] = Stored(media_type, data)
        if tag is not None:
            self.tags[tag] = digest
        return digest

    def add_image(
        self, layer: bytes, tag: str, layer_type: str = oci.LAYER_GZIP, **more: object
    ) -> Image:
        """`more` goes into the manifest: subject, artifactType, annotations."""
        layer_digest = self.add_blob(layer)
        config = oci.image_config("amd64", [layer_digest])
        config_digest = self.add_blob(config)
        manifest = oci.image_manifest(
            oci.Descriptor(oci.CONFIG, config_digest, len(config)),
            [oci.Descriptor(layer_type, layer_digest, len(layer))],
            **more,
        )
        return Image(manifest, self.add_manifest(manifest, tag=tag), config_digest, layer_digest)


class ScriptedUpstream(HttpServer):
    """`page_size` paginates tags/list; `has_referrers` off answers 404 as old registries do."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._repositories: dict[str, Repository] = {}
        self._behaviours: list[tuple[str, str, Behaviour]] = []
        self.page_size = 100
        self.has_referrers = True
        super().__init__(self._handle, tls)

    def repository(self, name: str) -> Repository:
        return self._repositories.setdefault(name, Repository(name))

    def on(self, method: str, path_end: str, behaviour: Behaviour) -> None:
        """Puts a behaviour in front of the requests whose path ends so; the last put in sees the
        request first.
        An empty method means any."""
        self._behaviours.append((method, path_end, behaviour))

    def behave(self) -> None:
        """No behaviour any more: a good registry."""
        self._behaviours.clear()

    def gets(self, path_end: str) -> int:
        return len(self.asked("GET", path_end))

    def heads(self, path_end: str) -> int:
        return len(self.asked("HEAD", path_end))

    def _handle(self, request: Request) -> Reply:
        answer = self._registry(request)
        for method, path_end, behaviour in self._behaviours:
            if request.method.startswith(method) and request.path.endswith(path_end):
                answer = behaviour(request, answer)
        return answer

    def _registry(self, request: Request) -> Reply:
        if request.path == "/v2/":
            return reply(200, b"{}", Content_Type="application/json")
        route = ROUTE.match(request.path)
        repository = self._repositories.get(route["repository"]) if route else None
        if route is None or repository is None:
            return not_found("NAME_UNKNOWN")
        if route["kind"] == "manifests":
            return manifest(repository, route["reference"])
        if route["kind"] == "blobs":
            return blob(repository, route["reference"], request.headers.get("range", ""))
        if route["kind"] == "tags":
            return self._tags(repository, request)
        return self._referrers(repository, route["reference"], request)

    def _tags(self, repository: Repository, request: Request) -> Reply:
        last = request.query.get("last", [""])[0]
        count = int(request.query.get("n", [str(self.page_size)])[0])
        left = [tag for tag in sorted(repository.tags) if tag > last]
        page = left[:count]
        answer = json_reply({"name": repository.name, "tags": page})
        if len(left) <= len(page) or not page:
            return answer
        following = urlencode({"last": page[-1], "n": count})
        return answer.with_header("Link", f'<{request.path}?{following}>; rel="next"')

    def _referrers(self, repository: Repository, digest: str, request: Request) -> Reply:
        if not self.has_referrers:
            return not_found("NOT_FOUND")
        wanted = request.query.get("artifactType", [None])[0]
        found = [
            entry
            for entry in referring(repository, digest)
            if wanted in (None, entry["artifactType"])
        ]
        answer = reply(200, oci.image_index(found), Content_Type=oci.INDEX)
        return (
            answer if wanted is None else answer.with_header("OCI-Filters-Applied", "artifactType")
        )


def referring(repository: Repository, digest: str) -> Iterable[oci.Json]:
    for name, stored in repository.manifests.items():
        document = json.loads(stored.data)
        if document.get("subject", {}).get("digest") == digest:
            described = oci.Descriptor(stored.media_type, name, len(stored.data))
            yield described.json(artifactType=document.get("artifactType", ""))


def manifest(repository: Repository, reference: str) -> Reply:
    digest = repository.tags.get(reference, reference)
    stored = repository.manifests.get(digest)
    if stored is None:
        return not_found("MANIFEST_UNKNOWN")
    return reply(200, stored.data, Content_Type=stored.media_type, Docker_Content_Digest=digest)


def blob(repository: Repository, digest: str, wanted: str) -> Reply:
    data = repository.blobs.get(digest)
    if data is None:
        return not_found("BLOB_UNKNOWN")
    about = {
        "Content_Type": "application/octet-stream",
        "Docker_Content_Digest": digest,
        "Accept_Ranges": "bytes",
    }
    closed = CLOSED_RANGE.match(wanted)
    if closed is None:
        return reply(200, memoryview(data), **about)
    first = int(closed[1])
    end = min(int(closed[2]) + 1 if closed[2] else len(data), len(data))
    if first >= len(data):
        return reply(416, Content_Range=f"bytes */{len(data)}")
    content_range = f"bytes {first}-{end - 1}/{len(data)}"
    return reply(206, memoryview(data)[first:end], Content_Range=content_range, **about)


def json_reply(document: oci.Json) -> Reply:
    return reply(200, oci.encode(document), Content_Type="application/json")


def not_found(code: str) -> Reply:
    return reply(
        404,
        oci.encode({"errors": [{"code": code, "message": "not here"}]}),
        Content_Type="application/json",
    )
