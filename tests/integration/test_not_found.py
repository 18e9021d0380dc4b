"""What an upstream does not have: asked for once, remembered for a moment, never hidden for longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import oci
from support.behaviours import require_bearer
from support.fixtures import StartLongshore
from support.payload import KIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.token_issuer import TokenIssuer
from support.wait import until

NAME = "library/app"
NEVER = oci.digest_of(b"never pushed")


@pytest.fixture
def issuer() -> Iterator[TokenIssuer]:
    server = TokenIssuer()
    yield server
    server.stop()


@pytest.mark.parametrize("path", ["manifests/missing", f"manifests/{NEVER}", f"blobs/{NEVER}"])
def test_three_pulls_of_what_is_missing_cost_one_request(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, path: str
) -> None:
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, not_found_ttl="1h")
    for method in ("HEAD", "GET") * 3:
        assert longshore.client().ask(method, f"{NAME}/{path}").status == 404
    assert len(upstream.requests) == 1
    assert longshore.metrics().total("longshore_upstream_failures_total") == 0


def test_with_tokens_they_cost_one_chain(
    upstream: ScriptedUpstream, issuer: TokenIssuer, start_longshore: StartLongshore
) -> None:
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    scope = f"repository:{NAME}:pull"
    upstream.on("", "", require_bearer(issuer.realm, scope, issuer.is_valid))
    longshore = start_longshore({"docker.io": upstream.url}, not_found_ttl="1h")
    for _ in range(3):
        assert longshore.client().manifest(NAME, "missing").status == 404
    assert len(issuer.requests) == 1
    assert len(upstream.requests) == 2


def test_a_tag_that_appears_is_not_hidden_for_longer(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    longshore = start_longshore({"docker.io": upstream.url}, not_found_ttl="1s")
    assert longshore.client().manifest(NAME, "new").error_code == "MANIFEST_UNKNOWN"
    image = repository.add_image(payload(KIB), "new")
    until(
        lambda: longshore.client().manifest(NAME, "new").body == image.manifest,
        "the new tag",
    )


def test_other_tags_of_the_repository_are_not_touched(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, not_found_ttl="1h")
    assert longshore.client().manifest(NAME, "missing").status == 404
    assert longshore.client().manifest(NAME, "latest").body == image.manifest


def test_it_can_be_turned_off(upstream: ScriptedUpstream, start_longshore: StartLongshore) -> None:
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, not_found_ttl="0")
    for _ in range(3):
        assert longshore.client().manifest(NAME, "missing").status == 404
    assert len(upstream.requests) == 3
