"""One fetch a blob, however many clients ask."""

from __future__ import annotations

from pathlib import Path

from support.behaviours import Hold
from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import one_connection
from support.payload import MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

CLIENTS = 20
SIZE = 256 * MIB
PEAK_RSS = 100 * MIB


def test_twenty_clients_at_once_share_one_upstream_get(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """The upstream stops after 8 MiB until all twenty have begun: all are surely there during the
    fill. One connection a blob, so that one transfer is one GET.
    """
    digest = upstream.repository("library/big").add_blob(payload(SIZE))
    hold = Hold(at=8 * MIB)
    upstream.on("GET", digest, hold)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})

    url = f"{longshore.url}/v2/library/big/blobs/{digest}"
    downloads = [Download(url, folder / f"head-{number}") for number in range(CLIENTS)]
    until(
        lambda: all(download.has_begun() for download in downloads),
        "every client has its response's head",
    )
    hold.release()

    assert [download.digest() for download in downloads] == [digest] * CLIENTS
    assert upstream.gets(digest) == 1
    longshore.assert_peak_rss_below(PEAK_RSS)
    assert longshore.metrics().total("longshore_upstream_bytes_total") < 1.01 * SIZE
    until(
        lambda: longshore.metrics().total("longshore_client_bytes_total") >= CLIENTS * SIZE,
        "all that was sent is counted",
    )


def test_a_reader_far_ahead_gets_a_connection_of_its_own_and_each_byte_moves_once(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository("library/big").add_blob(payload(SIZE // 4))
    hold = Hold(at=2 * MIB)
    upstream.on("GET", digest, hold)
    longshore = start_longshore({"docker.io": upstream.url})

    url = f"{longshore.url}/v2/library/big/blobs/{digest}"
    downloads = [Download(url, folder / f"head-{number}") for number in range(CLIENTS)]
    until(lambda: all(download.has_begun() for download in downloads), "all have begun")
    far = longshore.client().blob(
        "library/big", digest, {"Range": f"bytes={40 * MIB}-{40 * MIB + 999}"}
    )
    assert far.body == payload(SIZE // 4)[40 * MIB : 40 * MIB + 1000]
    assert upstream.gets(digest) > 1
    hold.release()

    assert [download.digest() for download in downloads] == [digest] * CLIENTS
    assert longshore.metrics().total("longshore_upstream_bytes_total") < 1.02 * SIZE / 4


def test_a_client_that_leaves_does_not_end_the_fetch_of_the_others(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    digest = upstream.repository("library/app").add_blob(payload(8 * MIB))
    hold = Hold(at=MIB)
    upstream.on("GET", digest, hold)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})

    url = f"{longshore.url}/v2/library/app/blobs/{digest}"
    leaving, staying = (Download(url, folder / name) for name in ("leaving", "staying"))
    until(lambda: leaving.has_begun() and staying.has_begun(), "both have begun")
    leaving.leave()
    hold.release()
    assert staying.digest() == digest
    assert upstream.gets(digest) == 1


def test_clients_of_one_cold_tag_share_one_upstream_get(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    image = upstream.repository("library/app").add_image(payload(100), "latest")
    hold = Hold(at=10)
    upstream.on("GET", "/manifests/latest", hold)
    longshore = start_longshore({"docker.io": upstream.url})

    url = f"{longshore.url}/v2/library/app/manifests/latest"
    downloads = [Download(url, folder / f"head-{number}") for number in range(8)]
    until(
        lambda: longshore.metrics().total("longshore_connections") >= 8, "all clients are connected"
    )
    hold.release()
    assert [download.digest() for download in downloads] == [image.manifest_digest] * 8
    assert upstream.gets("/manifests/latest") == 1
