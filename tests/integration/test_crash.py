"""kill -9 at any moment costs a refetch: never a wrong byte, never a leaked file."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.behaviours import Hold
from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import Longshore, files_below, one_connection
from support.payload import KIB, MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NAME = "library/app"
SIZE = 32 * MIB


def assert_nothing_leaked(longshore: Longshore, digests: set[str]) -> None:
    """Only what is sealed lies in the cache folder, besides the index and FORMAT."""
    until(lambda: longshore.staged_files() == [], "staging is empty")
    assert longshore.stored_digests() == digests
    known = ("index", "blobs")
    others = [path.relative_to(longshore.cache) for path in files_below(longshore.cache)]
    assert [str(path) for path in others if path.parts[0] not in known] == ["FORMAT"]


def kill_in_mid_fill(
    longshore: Longshore, upstream: ScriptedUpstream, digest: str, at: int, heads: Path
) -> None:
    """A client asks for the blob, the upstream stops at a byte, and there the process dies."""
    hold = Hold(at)
    upstream.on("GET", digest, hold)
    interrupted = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", heads)
    until(lambda: hold.reached.is_set() and longshore.staged_files(), "the fill is in its middle")
    longshore.kill()
    hold.release()
    assert interrupted.digest() is None, "a client held a whole blob before its proof"
    upstream.behave()


def assert_pulled_right(longshore: Longshore, digest: str, heads: Path) -> None:
    assert Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", heads).digest() == digest
    assert_nothing_leaked(longshore, {digest})


@pytest.mark.parametrize("killed_at", [1, 64 * KIB, 5 * MIB + 1, SIZE - 1])
def test_a_fill_killed_in_the_middle_is_pulled_right_after_the_restart(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore, killed_at: int
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    kill_in_mid_fill(longshore, upstream, digest, killed_at, folder / "interrupted")
    longshore.start()
    assert_pulled_right(longshore, digest, folder / "again")


def test_killed_again_and_again_during_one_fill(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    for life in range(1, 5):
        kill_in_mid_fill(longshore, upstream, digest, 2 * MIB, folder / f"life-{life}")
        longshore.start()
    assert_pulled_right(longshore, digest, folder / "last")


def test_a_fill_that_nobody_asks_for_again_is_no_blob_and_takes_no_more_than_it_got(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(SIZE))
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    kill_in_mid_fill(longshore, upstream, digest, SIZE // 2, folder / "interrupted")
    longshore.start()
    assert longshore.stored_digests() == set()
    assert len(longshore.staged_files()) <= 1
    assert longshore.disk_bytes() < SIZE


def test_what_was_sealed_before_the_crash_is_served_without_the_upstream(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(MIB), "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    client.manifest(NAME, "latest")
    digests = {image.config_digest, image.layer_digest}
    for digest in digests:
        client.blob(NAME, digest)
    until(
        lambda: longshore.stored_digests() == digests and not longshore.staged_files(),
        "both blobs are sealed",
    )
    for digest in digests:
        longshore.until_hit(f"{NAME}/blobs/{digest}")
    longshore.kill()
    upstream.stop()

    longshore.start()
    assert client.manifest(NAME, "latest").body == image.manifest
    assert client.blob(NAME, image.layer_digest).body == payload(MIB)
    assert_nothing_leaked(longshore, digests)
