"""Credentials: Bearer tokens fetched once for all, sent where they belong, and nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.behaviours import Behaviour, redirect, require_bearer
from support.fixtures import StartLongshore
from support.http_server import Reply, Request, reply
from support.payload import KIB, MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.token_issuer import TokenIssuer

NAME = "library/app"
SCOPE = f"repository:{NAME}:pull"
USER, PASSWORD = "robot", "geheim-1234"


@pytest.fixture
def issuer() -> Iterator[TokenIssuer]:
    server = TokenIssuer()
    yield server
    server.stop()


@pytest.fixture
def password_file(folder: Path) -> Path:
    path = folder / "password"
    path.write_text(PASSWORD + "\n")
    return path


def basic() -> str:
    return "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def require_token(issuer: TokenIssuer, realm: str | None = None) -> Behaviour:
    return require_bearer(realm or issuer.realm, SCOPE, issuer.is_valid)


def require_basic(request: Request, answer: Reply) -> Reply:
    if request.headers.get("authorization") == basic():
        return answer
    return reply(401, b"{}", WWW_Authenticate='Basic realm="scripted"')


def test_a_challenge_is_answered_with_a_token_for_its_scope(
    upstream: ScriptedUpstream, issuer: TokenIssuer, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "", require_token(issuer))
    client = start_longshore({"docker.io": upstream.url}).client()
    assert client.manifest(NAME, "latest").body == image.manifest
    (asked,) = issuer.requests
    assert asked.query["scope"] == [SCOPE]
    assert asked.query["service"] == ["scripted"]
    assert "authorization" not in asked.headers


def test_one_token_serves_many_requests_at_once(
    upstream: ScriptedUpstream, issuer: TokenIssuer, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    blobs = {repository.add_blob(data): data for data in (payload(KIB, seed) for seed in range(16))}
    upstream.on("", "", require_token(issuer))
    client = start_longshore({"docker.io": upstream.url}).client()
    with ThreadPoolExecutor(len(blobs)) as pool:
        bodies = list(pool.map(lambda digest: client.blob(NAME, digest).body, blobs))
    assert bodies == list(blobs.values())
    assert len(issuer.requests) == 1


def test_a_token_that_is_refused_is_replaced(
    upstream: ScriptedUpstream, issuer: TokenIssuer, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    first, second = (repository.add_blob(payload(KIB, seed)) for seed in (1, 2))
    upstream.on("", "", require_token(issuer))
    client = start_longshore({"docker.io": upstream.url}).client()
    assert client.blob(NAME, first).status == 200
    issuer.revoke_all()
    assert client.blob(NAME, second).status == 200
    assert len(issuer.requests) == 2


def test_a_token_server_that_has_moved_is_found_again(
    upstream: ScriptedUpstream, issuer: TokenIssuer, start_longshore: StartLongshore
) -> None:
    """The old one is gone; only the upstream knows where the new one is."""
    repository = upstream.repository(NAME)
    first, second = (repository.add_blob(payload(KIB, seed)) for seed in (1, 2))
    old = TokenIssuer()
    upstream.on("", "", require_token(old))
    client = start_longshore({"docker.io": upstream.url}).client()
    assert client.blob(NAME, first).status == 200
    old.stop()
    upstream.behave()
    upstream.on("", "", require_token(issuer))
    assert client.blob(NAME, second).status == 200
    assert len(issuer.requests) == 1


def test_a_redirect_never_carries_authorization(
    upstream: ScriptedUpstream, issuer: TokenIssuer, start_longshore: StartLongshore
) -> None:
    """Blobs are redirected to a CDN under another name of this host, as real registries do."""
    data = payload(MIB)
    digest = upstream.repository(NAME).add_blob(data)
    cdn = ScriptedUpstream()
    cdn.repository(NAME).add_blob(data)
    try:
        upstream.on("", digest, redirect(f"http://localhost:{cdn.port}"))
        upstream.on("", "", require_token(issuer))
        answer = start_longshore({"docker.io": upstream.url}).client().blob(NAME, digest)
        assert answer.body == data
        assert any("authorization" in request.headers for request in upstream.requests)
        assert cdn.requests
        assert not any("authorization" in request.headers for request in cdn.requests)
    finally:
        cdn.stop()


def test_credentials_go_to_a_token_host_that_is_listed(
    upstream: ScriptedUpstream, password_file: Path, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    issuer = TokenIssuer(credentials=f"{USER}:{PASSWORD}")
    try:
        realm = f"http://localhost:{issuer.port}/token"
        upstream.on("", "", require_token(issuer, realm))
        settings = {
            "url": upstream.url,
            "username": USER,
            "password_file": str(password_file),
            "token_hosts": [f"localhost:{issuer.port}"],
        }
        longshore = start_longshore({"docker.io": settings})
        assert longshore.client().manifest(NAME, "latest").body == image.manifest
        assert [request.headers.get("authorization") for request in issuer.requests] == [basic()]
        assert PASSWORD not in longshore.log_text()
    finally:
        issuer.stop()


def test_a_realm_on_a_foreign_host_gets_no_credentials(
    upstream: ScriptedUpstream,
    issuer: TokenIssuer,
    password_file: Path,
    start_longshore: StartLongshore,
) -> None:
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "", require_token(issuer, f"http://localhost:{issuer.port}/token"))
    settings = {"url": upstream.url, "username": USER, "password_file": str(password_file)}
    longshore = start_longshore({"docker.io": settings})
    longshore.client().manifest(NAME, "latest")
    assert not any("authorization" in request.headers for request in issuer.requests)


def test_basic_credentials_answer_a_basic_challenge(
    upstream: ScriptedUpstream, password_file: Path, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "", require_basic)
    settings = {"url": upstream.url, "username": USER, "password_file": str(password_file)}
    longshore = start_longshore({"docker.io": settings})
    assert longshore.client().manifest(NAME, "latest").body == image.manifest
    assert PASSWORD not in longshore.log_text()


def test_an_upstream_that_refuses_is_told_as_such(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("", "", require_basic)
    longshore = start_longshore({"docker.io": upstream.url})
    answer = longshore.client().manifest(NAME, "latest")
    assert answer.status in (401, 403, 404, 502)
    assert "www-authenticate" not in {name.lower() for name in answer.headers}
    assert "docker.io" in answer.error_message


def test_a_clients_own_authorization_is_never_passed_on(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    answer = longshore.client().ask(
        "GET", f"{NAME}/manifests/latest", {"Authorization": "Bearer mine-not-yours"}
    )
    assert answer.body == image.manifest
    assert not any("authorization" in request.headers for request in upstream.requests)
    assert "mine-not-yours" not in longshore.log_text()
