"""An upstream that serves wrong bytes of the right length: nobody gets them whole, nothing is
kept.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.behaviours import corrupt
from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.payload import KIB, MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NAME = "library/app"
MISMATCHES = "longshore_digest_mismatches_total"


def assert_nothing_stored(longshore: Longshore) -> None:
    until(lambda: longshore.staged_files() == [], "staging is empty")
    assert longshore.stored_digests() == set()


def failed_pulls(longshore: Longshore) -> float:
    """Refused with 5xx, or cut short after a head that promised more."""
    metrics = longshore.metrics()
    refused = metrics.total("longshore_requests_total", kind="blob", status="5xx")
    return refused + metrics.total("longshore_responses_cut_total", kind="blob")


@pytest.mark.parametrize(
    ("size", "wrong_at"),
    [(8 * MIB, 0), (8 * MIB, 5 * MIB), (8 * MIB, 8 * MIB - 1), (10 * KIB, 10), (1, 0)],
)
def test_no_client_completes_and_nothing_is_stored(
    folder: Path,
    upstream: ScriptedUpstream,
    start_longshore: StartLongshore,
    size: int,
    wrong_at: int,
) -> None:
    digest = upstream.repository(NAME).add_blob(payload(size))
    upstream.on("GET", digest, corrupt(wrong_at))
    longshore = start_longshore({"docker.io": upstream.url})
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"

    downloads = [Download(url, folder / f"head-{number}") for number in range(4)]
    assert [download.digest() for download in downloads] == [None] * 4
    assert longshore.metrics().total(MISMATCHES) >= 1
    until(lambda: failed_pulls(longshore) >= 4, "every one of them is counted as failed")
    assert_nothing_stored(longshore)

    upstream.behave()
    assert Download(url, folder / "right").digest() == digest


def test_no_ranges_put_a_wrong_blob_together(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """A client that asks for one half after the other still never holds the whole."""
    data = payload(4 * MIB)
    digest = upstream.repository(NAME).add_blob(data)
    upstream.on("GET", digest, corrupt(3 * MIB))
    longshore = start_longshore({"docker.io": upstream.url})
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"
    halves = [
        Download(url, folder / f"half-{first}", f"{first}-{first + 2 * MIB - 1}")
        for first in (0, 2 * MIB)
    ]
    assert None in [half.digest() for half in halves]
    assert_nothing_stored(longshore)


def test_a_manifest_of_wrong_bytes_is_refused(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository(NAME).add_image(payload(KIB), "latest")
    upstream.on("GET", image.manifest_digest, corrupt(20))
    longshore = start_longshore({"docker.io": upstream.url})
    client = longshore.client()
    answer = client.manifest(NAME, image.manifest_digest)
    assert answer.status == 502
    assert "docker.io" in answer.error_message
    assert longshore.metrics().total(MISMATCHES) == 1
    upstream.behave()
    assert client.manifest(NAME, image.manifest_digest).body == image.manifest
