"""Tags have a time to live: nothing is asked within it, one HEAD after it, and what is cached
outlives the upstream.
"""

from __future__ import annotations

from support.behaviours import fail
from support.fixtures import StartLongshore
from support.http_client import Response
from support.longshore import Longshore
from support.payload import KIB, payload
from support.scripted_upstream import Image, ScriptedUpstream
from support.wait import until

NAME = "library/app"
TAG_PATH = "/manifests/latest"


def ask(longshore: Longshore) -> Response:
    return longshore.client().manifest(NAME, "latest")


def pull(longshore: Longshore, image: Image) -> None:
    """The tag, the manifest it names, the config and the layer, as a client asks for them."""
    client = longshore.client()
    assert ask(longshore).body == image.manifest
    assert client.manifest(NAME, image.manifest_digest).body == image.manifest
    for digest in (image.config_digest, image.layer_digest):
        assert client.blob(NAME, digest).status == 200


def test_a_warm_pull_asks_nothing_of_the_upstream(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(100 * KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="1h")
    pull(longshore, image)
    upstream.forget()
    pull(longshore, image)
    assert upstream.requests == []
    longshore.until_hit(f"{NAME}/manifests/latest")


def test_after_the_ttl_a_pull_asks_one_head(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(100 * KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="2s")
    pull(longshore, image)
    upstream.forget()

    def pulled_until_asked() -> bool:
        pull(longshore, image)
        return bool(upstream.requests)

    until(pulled_until_asked, "the tag is proven again")
    assert [(r.method, r.path) for r in upstream.requests] == [("HEAD", f"/v2/{NAME}{TAG_PATH}")]


def test_a_tag_that_moved_is_served_anew_after_the_ttl(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    old = repository.add_image(payload(KIB, seed=1), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="1s")
    assert ask(longshore).body == old.manifest
    new = repository.add_image(payload(KIB, seed=2), "latest")
    until(lambda: ask(longshore).body == new.manifest, "the new manifest")
    assert longshore.client().manifest(NAME, old.manifest_digest).body == old.manifest


def test_a_tag_that_is_gone_is_not_served_after_the_ttl(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    repository.add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="1s")
    assert ask(longshore).status == 200
    del repository.tags["latest"]
    until(lambda: ask(longshore).status == 404, "the tag is gone here too")
    assert ask(longshore).error_code == "MANIFEST_UNKNOWN"


def test_a_stale_tag_is_served_with_a_warning_when_the_upstream_is_gone(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="1s", stale_if_error="1h")
    pull(longshore, image)
    upstream.stop()
    stale = until(lambda: stale_answer(longshore), "a stale answer")
    assert stale.status == 200
    assert stale.body == image.manifest
    assert stale.header("Warning")
    pull(longshore, image)
    upstream.start()
    until(
        lambda: "stale-if-error" not in ask(longshore).header("Cache-Status"),
        "the upstream is believed again",
    )


def stale_answer(longshore: Longshore) -> Response | None:
    answer = ask(longshore)
    return (
        answer
        if "fwd=stale" in answer.header("Cache-Status") and answer.header("Warning")
        else None
    )


def test_a_tag_too_stale_is_refused(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    upstream.repository(NAME).add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="1s", stale_if_error="2s")
    assert ask(longshore).status == 200
    upstream.on("", "", fail(503))
    refused = until(
        lambda: answer if (answer := ask(longshore)).status != 200 else None, "a refusal"
    )
    assert refused.status in (502, 503, 504)
    assert "docker.io" in refused.error_message


def test_a_manifest_named_by_digest_never_goes_stale(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url}, tag_ttl="0s", stale_if_error="0s")
    pull(longshore, image)
    upstream.stop()
    answer = longshore.client().manifest(NAME, image.manifest_digest)
    assert answer.body == image.manifest
    assert answer.header("Cache-Status") == "longshore; hit"
    assert not answer.header("Warning")
