"""The admin API: what it tells, what it does, and whom it refuses."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from support import oci
from support.admin import ask, change, command, finished, read
from support.behaviours import Hold, fail, with_headers
from support.download import Download
from support.fixtures import StartLongshore
from support.http_client import Response, request
from support.longshore import Longshore
from support.one_image import NAME, REF
from support.payload import MIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until


ENDPOINTS = {
    ("get", "/api/v1/why"),
    ("get", "/api/v1/stats"),
    ("get", "/api/v1/ls"),
    ("get", "/api/v1/pins"),
    ("get", "/api/v1/fills"),
    ("get", "/api/v1/tasks"),
    ("get", "/api/v1/openapi.json"),
    ("post", "/api/v1/purge"),
    ("post", "/api/v1/pin"),
    ("post", "/api/v1/unpin"),
    ("post", "/api/v1/warm"),
    ("post", "/api/v1/verify"),
    ("post", "/api/v1/drain"),
    ("post", "/api/v1/reload"),
}


def pull(longshore: Longshore, image: Image) -> None:
    longshore.until_hit(f"{NAME}/manifests/latest")
    for digest in (image.config_digest, image.layer_digest):
        longshore.until_hit(f"{NAME}/blobs/{digest}")


def states(why: dict) -> dict[str, str]:
    return {content["digest"]: content["state"] for content in why["contents"]}


def test_every_endpoint_is_described_and_every_description_is_served(longshore: Longshore) -> None:
    document = read(longshore, "openapi.json")
    assert document["openapi"].startswith("3.")
    described = {
        (method, path) for path, item in document["paths"].items() for method in item
    }
    assert described == ENDPOINTS
    for method, path in described:
        # Without its parameters it may refuse, but in its own words.
        answer = ask(longshore, method.upper(), path.removeprefix("/api/v1/"))
        assert answer.status in (200, 400), (path, answer)
        other = "POST" if method == "get" else "GET"
        assert ask(longshore, other, path.removeprefix("/api/v1/")).status == 405
    for parameter in document["paths"]["/api/v1/why"]["get"]["parameters"]:
        assert parameter["description"]


def test_an_unknown_endpoint_says_where_to_look(longshore: Longshore) -> None:
    answer = ask(longshore, "GET", "nothing")
    assert answer.status == 404
    assert "openapi.json" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "asked", "said"),
    [
        ("POST", "drain?undo=yes", "undo: must be true or false"),
        ("POST", "drain?undo", "undo: must be true or false"),
        ("POST", "drain?undone=true", "there is no parameter undone: it takes undo"),
        ("POST", "purge?ref=app&dryrun=true", "it takes ref, pattern, force, dry_run"),
        ("POST", "purge?ref=app&dry_run=1", "dry_run: must be true or false"),
        ("POST", "reload?now=true", "it takes none"),
        ("GET", "ls?limit=0", "limit: "),
        ("GET", "ls?limit=1&limit=2", "limit comes more than once"),
        ("GET", "tasks?id=first", "id: "),
        ("GET", "why?host=x", "the parameter ref is missing"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_before_anything_is_done(
    longshore: Longshore, image: Image, method: str, asked: str, said: str
) -> None:
    longshore.until_hit(f"{NAME}/manifests/latest")
    answer = ask(longshore, method, asked)
    assert answer.status == 400
    assert said in answer.json()["error"]["message"]
    assert longshore.admin("/readyz").status == 200
    assert [one["reference"] for one in read(longshore, "ls")["images"]] == [REF]


def test_a_body_where_none_is_taken_is_refused(longshore: Longshore) -> None:
    headers = {"X-Longshore-Request": "1", "Content-Type": "application/json"}
    answer = request(
        longshore.admin_port, "POST", "/api/v1/drain", headers, body=b'{"undo": true}'
    )
    assert answer.status == 400
    assert "parameters go into the query" in answer.json()["error"]["message"]
    assert longshore.admin("/readyz").status == 200
    assert request(longshore.admin_port, "PUT", "/api/v1/drain", headers).status == 405


def test_why_tells_what_a_first_pull_would_do(longshore: Longshore) -> None:
    why = read(longshore, "why", ref="app")
    assert why["reference"] == REF
    assert why["rule"] == "default"
    assert why["verdict"] == "miss"
    assert why["tag"] == {"name": "latest", "known": False}
    assert not why["manifest"]["stored"]
    assert any("asked for it by GET" in sentence for sentence in why["explanation"])


def test_why_tells_what_is_here_of_each_layer(longshore: Longshore, image: Image) -> None:
    longshore.client().manifest(NAME, "latest", "HEAD")
    pull(longshore, image)
    why = read(longshore, "why", ref=REF)
    assert why["verdict"] == "hit"
    assert why["rule"] == "namespace"
    assert why["tag"]["fresh"]
    assert why["tag"]["digest"] == image.manifest_digest
    assert states(why) == {image.config_digest: "present", image.layer_digest: "present"}
    assert all(content["linked"] for content in why["contents"])
    assert why["bytes_to_fetch"] == 0


def outcome(answer: Response) -> str:
    """What a pull came to, in the words of `why`."""
    if answer.status != 200:
        return {404: "not_found", 503: "unavailable"}[answer.status]
    said = answer.header("Cache-Status")
    for words, verdict in (("stale-if-error", "stale"), ("revalidated", "revalidated")):
        if words in said:
            return verdict
    return "miss" if "fwd=miss" in said else said.removeprefix("longshore; ")


def assert_agreed(
    longshore: Longshore, upstream: ScriptedUpstream, verdict: str, reference: str = "latest"
) -> Any:
    """`why` foretells the verdict, and whether the upstream is asked; then the pull shows it."""
    separator = "@" if ":" in reference else ":"
    why = read(longshore, "why", ref=f"docker.io/{NAME}{separator}{reference}")
    assert why["verdict"] == verdict, why
    upstream.forget()
    assert outcome(longshore.client().manifest(NAME, reference)) == verdict
    path = f"/manifests/{reference}"
    asked = upstream.gets(path) + upstream.heads(path)
    assert bool(asked) == (verdict in ("miss", "revalidated")), why
    return why


def test_why_and_the_pull_itself_agree(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="0")
    for verdict in ("miss", "revalidated", "revalidated"):
        assert_agreed(longshore, upstream, verdict)
    assert_agreed(longshore, upstream, "hit", image.manifest_digest)


def test_why_knows_that_little_is_left_of_a_rate_limit(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    said = {"ratelimit_limit": "100;w=21600", "ratelimit_remaining": "1;w=21600"}
    upstream.on("", "", with_headers(**said))
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="10s")
    assert longshore.client().manifest(NAME, "latest").status == 200
    until(
        lambda: read(longshore, "why", ref=REF)["tag"]["age_seconds"] > 10, "tag_ttl is over", 60
    )
    why = assert_agreed(longshore, upstream, "hit")
    assert why["tag"]["ttl_seconds"] == 100
    assert any("1 % of the upstream's rate limit" in sentence for sentence in why["explanation"])


def test_why_knows_what_the_upstream_does_not_have(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="0", not_found_ttl="1h")
    never = oci.digest_of(b"never pushed")
    for reference in ("missing", never):
        assert longshore.client().manifest(NAME, reference).status == 404
        assert_agreed(longshore, upstream, "not_found", reference)
    assert longshore.client().manifest(NAME, "latest").status == 200
    upstream.on("HEAD", "manifests/latest", fail(404))
    assert longshore.client().manifest(NAME, "latest").status == 404
    why = assert_agreed(longshore, upstream, "not_found")
    assert any("not_found_ttl (3600 s)" in sentence for sentence in why["explanation"])


def test_why_knows_that_the_upstream_asked_for_patience(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore(
        {"docker.io": {"url": upstream.url, "prefetch": "off"}}, tag_ttl="0", stale_if_error="1h"
    )
    assert longshore.client().manifest(NAME, "latest").status == 200
    upstream.on("", "", fail(429, Retry_After="120"))
    assert longshore.client().manifest(NAME, "latest").status == 200
    why = assert_agreed(longshore, upstream, "stale")
    assert any("is a 503" in sentence for sentence in why["explanation"]), "layers are not here"
    assert_agreed(longshore, upstream, "unavailable", "other")


def test_why_knows_that_the_upstream_kept_failing(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore({"docker.io": upstream.url})
    upstream.stop()

    def is_left_alone() -> bool:
        assert longshore.client().manifest(NAME, "latest").status == 503
        return read(longshore, "why", ref=REF)["verdict"] == "unavailable"

    assert read(longshore, "why", ref=REF)["verdict"] == "miss"
    until(is_left_alone, "the upstream is left alone")


def test_why_by_digest_asks_the_link_ledger(longshore: Longshore, image: Image) -> None:
    pull(longshore, image)
    mine = read(longshore, "why", ref=f"docker.io/{NAME}@{image.manifest_digest}")
    assert mine["verdict"] == "hit"
    other = read(longshore, "why", ref=f"docker.io/library/other@{image.manifest_digest}")
    assert other["verdict"] == "revalidated", "the bytes are here: a HEAD is enough"
    assert other["manifest"] == {**other["manifest"], "stored": True, "linked": False}


@pytest.mark.parametrize("ref", ["", "Not An Image", "app:", "unknown.example/app"])
def test_a_bad_reference_says_what_would_be_right(longshore: Longshore, ref: str) -> None:
    answer = ask(longshore, "GET", "why", ref=ref)
    assert answer.status in (400, 404)
    assert len(answer.json()["error"]["message"]) > 20


def test_images_are_listed_a_page_at_a_time(
    upstream: ScriptedUpstream, longshore: Longshore
) -> None:
    repository = upstream.repository(NAME)
    tags = [f"v{number}" for number in range(5)]
    for tag in tags:
        repository.add_image(payload(1000), tag)
        longshore.client().manifest(NAME, tag)
    found: list[str] = []
    query = {"limit": "2", "pattern": "docker.io/*:v*"}
    while True:
        page = read(longshore, "ls", **query)
        assert len(page["images"]) <= 2
        found += [image["tag"] for image in page["images"]]
        if not page["next"]:
            break
        query["from"] = page["next"]
    assert found == tags
    assert ask(longshore, "GET", "ls", limit="1001").status == 400
    change(longshore, "pin", ref="app:v4")
    (pinned,) = read(longshore, "ls", limit="1", pinned="true")["images"]
    assert pinned["tag"] == "v4"


def test_a_purged_image_is_fetched_again(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    pull(longshore, image)
    before = upstream.gets(image.layer_digest)
    report = until(
        lambda: change(longshore, "purge", ref=REF)
        if read(longshore, "fills") == {"fills": []}
        else None,
        "nothing is filling",
    )
    assert (report["tags"], report["manifests"]) == (1, 1)
    assert report["blobs"] + report["waiting"] == 2
    assert ask(longshore, "POST", "purge", ref=REF).status == 404
    until(lambda: not longshore.stored_digests(), "the blobs are gone")
    pull(longshore, image)
    assert upstream.gets(image.layer_digest) > before


def test_a_pattern_purges_what_it_matches(longshore: Longshore, image: Image) -> None:
    pull(longshore, image)
    nothing = ask(longshore, "POST", "purge", pattern="quay.io/*")
    assert nothing.status == 404
    assert "longshore ls" in nothing.json()["error"]["message"]
    assert change(longshore, "purge", pattern="docker.io/library/*")["tags"] == 1
    assert read(longshore, "ls")["images"] == []


@pytest.mark.parametrize("by_digest", [False, True])
def test_a_dry_run_tells_what_the_purge_then_does(
    longshore: Longshore, image: Image, by_digest: bool
) -> None:
    pull(longshore, image)
    until(lambda: read(longshore, "fills") == {"fills": []}, "nothing is filling")
    ref = image.layer_digest if by_digest else REF
    told = change(longshore, "purge", ref=ref, dry_run="true")
    assert image.layer_digest in longshore.stored_digests()
    assert read(longshore, "ls")["images"]
    done = change(longshore, "purge", ref=ref)
    assert told["blobs"] == done["blobs"] + done["waiting"] > 0
    for key in ("tags", "manifests", "kept_pinned", "kept_shared"):
        assert told[key] == done[key], key
    assert told["message"].startswith("would purge ")
    assert ask(longshore, "POST", "purge", ref=ref, dry_run="true").status == 404


def test_a_purge_waits_for_who_reads(
    folder: Path, longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    hold = Hold(at=MIB)
    upstream.on("GET", image.layer_digest, hold)
    longshore.client().manifest(NAME, "latest")
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{image.layer_digest}", folder / "layer")
    until(download.has_begun, "the download has begun")
    report = change(longshore, "purge", ref=REF)
    assert report["waiting"] >= 1
    hold.release()
    assert download.digest() == image.layer_digest
    until(lambda: image.layer_digest not in longshore.stored_digests(), "the layer goes")


def test_a_pinned_image_survives_a_restart_and_is_purged_by_force_only(
    longshore: Longshore, image: Image
) -> None:
    pull(longshore, image)
    change(longshore, "pin", ref=REF)
    assert [pin["reference"] for pin in read(longshore, "pins")["pins"]] == [REF]
    longshore.stop()
    longshore.start()
    assert read(longshore, "why", ref=REF)["pinned"]
    assert change(longshore, "purge", ref=REF)["kept_pinned"] == 1
    assert read(longshore, "ls")["images"][0]["pinned"]
    assert change(longshore, "purge", ref=REF, force="true")["tags"] == 1
    change(longshore, "unpin", ref=REF)
    assert ask(longshore, "POST", "unpin", ref=REF).status == 404


def test_fills_tell_how_far_they_are(
    folder: Path, longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    hold = Hold(at=MIB)
    upstream.on("GET", image.layer_digest, hold)
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{image.layer_digest}", folder / "layer")

    def half() -> bool:
        fills = read(longshore, "fills")["fills"]
        return bool(fills) and fills[0]["present"] == MIB

    until(half, "half of the layer is there")
    fill = read(longshore, "fills")["fills"][0]
    assert fill["digest"] == image.layer_digest
    assert fill["repository"] == NAME
    assert fill["size"] == 2 * MIB
    hold.release()
    assert download.digest() == image.layer_digest
    until(lambda: read(longshore, "fills")["fills"] == [], "the fill ends")


def test_warm_fills_an_image_of_one_platform(
    upstream: ScriptedUpstream, longshore: Longshore
) -> None:
    repository = upstream.repository("library/multi")
    images = {arch: repository.add_image(payload(MIB, seed=n), arch)
              for n, arch in enumerate(("amd64", "arm64"))}
    index = oci.image_index(
        [
            {
                "mediaType": oci.MANIFEST,
                "digest": image.manifest_digest,
                "size": len(image.manifest),
                "platform": {"os": "linux", "architecture": arch},
            }
            for arch, image in images.items()
        ]
    )
    repository.add_manifest(index, oci.INDEX, "latest")
    task = change(longshore, "warm", ref="multi", platform="linux/arm64")
    done = finished(longshore, task)
    assert done["state"] == "done", done
    assert {item["state"] for item in done["items"]} == {"present"}
    stored = longshore.stored_digests()
    assert images["arm64"].layer_digest in stored
    assert images["amd64"].layer_digest not in stored
    answer = longshore.client().blob("library/multi", images["arm64"].layer_digest)
    assert answer.header("Cache-Status") == "longshore; hit"
    nowhere = finished(longshore, change(longshore, "warm", ref="multi", platform="linux/s390x"))
    assert nowhere["state"] == "failed"
    assert "linux/amd64, linux/arm64" in nowhere["message"]


def test_warm_says_what_the_upstream_says(longshore: Longshore) -> None:
    done = finished(longshore, change(longshore, "warm", ref="library/nothing"))
    assert done["state"] == "failed"
    assert done["message"]


def test_verify_finds_what_rotted(longshore: Longshore, image: Image) -> None:
    pull(longshore, image)
    good = finished(longshore, change(longshore, "verify"))
    assert good["state"] == "done"
    assert good["checked"] == 2
    with longshore.stored_file(image.layer_digest).open("r+b") as file:
        file.seek(MIB)
        file.write(b"rot")
    bad = finished(longshore, change(longshore, "verify", digest=image.layer_digest))
    assert bad["state"] == "failed"
    assert bad["damaged"] == [image.layer_digest]
    assert longshore.client().blob(NAME, image.layer_digest).body == payload(2 * MIB)


def test_drain_turns_readiness_off_and_on_and_pulls_go_on(
    longshore: Longshore, image: Image
) -> None:
    assert not change(longshore, "drain")["ready"]
    assert longshore.admin("/readyz").status == 503
    assert longshore.admin("/healthz").status == 200
    pull(longshore, image)
    assert change(longshore, "drain", undo="true")["ready"]
    assert longshore.admin("/readyz").status == 200


FOREIGN = [
    {},
    {"Origin": "http://evil.example"},
    {"Origin": "null", "Content-Type": "text/plain"},
    {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_changes_nothing(longshore: Longshore, headers: dict[str, str]) -> None:
    assert ask(longshore, "POST", "drain", headers).status == 403
    assert longshore.admin("/readyz").status == 200


def test_a_name_that_was_made_to_resolve_here_is_refused(longshore: Longshore) -> None:
    for path in ("/", "/api/v1/stats"):
        answer = request(longshore.admin_port, "GET", path, {"Host": "evil.example:5001"})
        assert answer.status == 403
    assert request(longshore.admin_port, "GET", "/metrics", {"Host": "edge-1"}).status == 200


def test_a_listener_that_others_can_reach_wants_the_token(
    folder: Path, start_longshore: StartLongshore
) -> None:
    token = folder / "token"
    token.write_text("s3cret\n")
    longshore = start_longshore({"docker.io": "http://127.0.0.1:9"}, admin_token_file=str(token))
    for path in ("/metrics", "/healthz", "/readyz"):
        assert longshore.admin(path).status == 200
    for path in ("/", "/api/v1/stats", "/api/v1/openapi.json"):
        answer = longshore.admin(path)
        assert answer.status == 401
        assert answer.header("WWW-Authenticate")
    for word, status in (("s3cret", 200), ("s3cre", 401), ("", 401)):
        headers = {"Authorization": f"Bearer {word}", "Host": "edge-1:5001"}
        assert ask(longshore, "GET", "stats", headers).status == status


def test_where_others_can_reach_it_page_and_api_are_off_without_a_token(
    folder: Path, servers: ExitStack
) -> None:
    longshore = Longshore(folder / "open", {"docker.io": "http://127.0.0.1:9"})
    text = longshore.config_path.read_text()
    open_to_all = text.replace("admin_listen: 127.0.0.1", "admin_listen: 0.0.0.0")
    assert open_to_all != text
    longshore.config_path.write_text(open_to_all)
    servers.callback(longshore.stop)
    longshore.start()
    for path in ("/metrics", "/healthz", "/readyz"):
        assert longshore.admin(path).status == 200
    for method, path in (
        ("GET", "/"),
        ("GET", "/?q=x"),
        ("GET", "/nowhere"),
        ("GET", "/api/v1/stats"),
        ("GET", "/api/v1/openapi.json"),
        ("POST", "/api/v1/drain"),
        ("POST", "/api/v1/purge?ref=debian"),
    ):
        headers = {"X-Longshore-Request": "1", "Host": "localhost", "Authorization": "Bearer "}
        answer = request(longshore.admin_port, method, path, headers)
        assert answer.status == 403, path
        assert b"admin_token_file" in answer.body, path
    said = command(longshore, "stats")
    assert said.status == 1
    assert "admin_token_file" in said.err
    assert longshore.admin("/readyz").status == 200


def test_an_index_is_explained_by_its_platforms(
    longshore: Longshore, upstream: ScriptedUpstream
) -> None:
    repository = upstream.repository(NAME)
    images = {
        arch: repository.add_image(payload(1000, seed), f"only-{arch}")
        for seed, arch in enumerate(("amd64", "arm64"))
    }
    index = oci.image_index(
        [
            oci.Descriptor(oci.MANIFEST, one.manifest_digest, len(one.manifest)).json(
                platform={"os": "linux", "architecture": arch}
            )
            for arch, one in images.items()
        ]
    )
    repository.add_manifest(index, oci.INDEX, "multi")
    longshore.until_hit(f"{NAME}/manifests/multi")
    longshore.until_hit(f"{NAME}/manifests/{images['amd64'].manifest_digest}")

    why = read(longshore, "why", ref="app:multi")
    assert [(one["platform"], one["stored"]) for one in why["platforms"]] == [
        ("linux/amd64", True),
        ("linux/arm64", False),
    ]
    assert images["amd64"].layer_digest in states(why)
    assert images["arm64"].layer_digest not in states(why)
    (one,) = read(longshore, "why", ref="app:multi", platform="linux/arm64")["platforms"]
    assert one["digest"] == images["arm64"].manifest_digest
    assert read(longshore, "why", ref="app:multi", platform="linux/s390x")["platforms"] == []
    refused = ask(longshore, "GET", "why", ref="app:multi", platform="linux")
    assert refused.status == 400, refused


def test_why_tells_by_which_rule_an_upstream_is_chosen(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore(
        {
            "docker.io": upstream.url,
            "quay.io": {"url": upstream.url, "hosts": ["mirror.example"]},
        }
    )
    for ref, host, rule, name in (
        ("app", "", "default", "docker.io"),
        ("app", "mirror.example", "host", "quay.io"),
        ("quay.io/org/app", "", "namespace", "quay.io"),
    ):
        why = read(longshore, "why", ref=ref, **({"host": host} if host else {}))
        assert (why["rule"], why["upstream"]) == (rule, name), ref
        assert any(name in reason for reason in why["explanation"])


def test_the_status_page_tells_what_is_here(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    pull(longshore, image)
    page = longshore.admin("/?q=app")
    assert page.status == 200
    assert page.header("Content-Type").startswith("text/html")
    text = page.body.decode()
    for part in ("healthy", "docker.io/library/app", upstream.url, image.layer_digest):
        assert part in text, part


def test_a_form_of_the_status_page_leads_back_to_it_with_what_was_done(
    longshore: Longshore, image: Image
) -> None:
    pull(longshore, image)
    form = {"Accept": "text/html", "X-Longshore-Request": "1"}
    for ref, said in (("app", f"{REF} is pinned"), ("app:UP:DOWN", "Not done: ")):
        answer = request(longshore.admin_port, "POST", f"/api/v1/pin?ref={ref}", form)
        assert answer.status == 303
        back = answer.header("Location")
        assert unquote(back).startswith(f"/?said={said}"), back
        assert said in longshore.admin(back).body.decode()
    assert len(read(longshore, "pins")["pins"]) == 1
