"""referrers: what points at a manifest; never 404, whatever the upstream can do."""

from __future__ import annotations

import pytest

from support import oci
from support.behaviours import fail
from support.fixtures import StartLongshore
from support.http_client import Response
from support.longshore import Longshore
from support.payload import payload
from support.scripted_upstream import Image, ScriptedUpstream

NAME = "library/app"
SIGNATURE, SBOM = "application/vnd.example.signature", "application/vnd.example.sbom"


@pytest.fixture
def subject(upstream: ScriptedUpstream) -> Image:
    """An image with a signature and an SBOM."""
    repository = upstream.repository(NAME)
    image = repository.add_image(payload(100), "latest")
    described = oci.Descriptor(oci.MANIFEST, image.manifest_digest, len(image.manifest)).json()
    for seed, kind in enumerate((SIGNATURE, SBOM)):
        repository.add_image(
            payload(10, seed), f"about-{seed}", subject=described, artifactType=kind
        )
    return image


@pytest.fixture
def longshore(
    subject: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> Longshore:
    return start_longshore({"docker.io": upstream.url})


def kinds(answer: Response) -> set[str]:
    assert answer.status == 200
    assert answer.header("Content-Type") == oci.INDEX
    return {entry["artifactType"] for entry in answer.json()["manifests"]}


def test_all_that_refers_is_listed(longshore: Longshore, subject: Image) -> None:
    assert kinds(longshore.client().referrers(NAME, subject.manifest_digest)) == {SIGNATURE, SBOM}


def test_a_filter_is_applied_and_said_to_be(longshore: Longshore, subject: Image) -> None:
    answer = longshore.client().referrers(NAME, subject.manifest_digest, artifactType=SBOM)
    assert kinds(answer) == {SBOM}
    assert answer.header("OCI-Filters-Applied") == "artifactType"


def test_nothing_that_refers_is_an_empty_index(longshore: Longshore) -> None:
    assert kinds(longshore.client().referrers(NAME, oci.digest_of(b"alone"))) == set()


@pytest.mark.parametrize("query", [{}, {"artifactType": SBOM}])
def test_an_upstream_without_referrers_yields_an_empty_index(
    longshore: Longshore, upstream: ScriptedUpstream, subject: Image, query: dict[str, str]
) -> None:
    upstream.has_referrers = False
    assert kinds(longshore.client().referrers(NAME, subject.manifest_digest, **query)) == set()


def test_an_upstream_without_referrers_may_keep_them_under_a_tag(
    longshore: Longshore, upstream: ScriptedUpstream, subject: Image
) -> None:
    """OCI distribution specification, "Referrers Tag Schema"."""
    upstream.has_referrers = False
    index = oci.image_index(
        [
            oci.Descriptor(oci.MANIFEST, oci.digest_of(kind.encode()), 10).json(artifactType=kind)
            for kind in (SIGNATURE, SBOM)
        ]
    )
    tag = subject.manifest_digest.replace(":", "-")
    upstream.repository(NAME).add_manifest(index, oci.INDEX, tag)
    client = longshore.client()
    assert kinds(client.referrers(NAME, subject.manifest_digest)) == {SIGNATURE, SBOM}
    filtered = client.referrers(NAME, subject.manifest_digest, artifactType=SBOM)
    assert kinds(filtered) == {SBOM}
    assert filtered.header("OCI-Filters-Applied") == "artifactType"


@pytest.mark.parametrize("has_referrers", [True, False])
def test_a_failing_upstream_is_no_empty_index(
    longshore: Longshore, upstream: ScriptedUpstream, subject: Image, has_referrers: bool
) -> None:
    upstream.has_referrers = has_referrers
    tag = subject.manifest_digest.replace(":", "-")
    for path in (f"/referrers/{subject.manifest_digest}", f"/manifests/{tag}"):
        if has_referrers or path.startswith("/manifests"):
            upstream.on("GET", path, fail(503))
    answer = longshore.client().referrers(NAME, subject.manifest_digest)
    assert answer.status == 503
    assert answer.header("Retry-After")
