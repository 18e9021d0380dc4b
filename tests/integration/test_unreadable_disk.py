"""A stored blob that cannot be read to its end, as its file is cut off or its file system gone: who
reads it gets the rest from the upstream in the same response, who comes later gets it stored anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support import oci
from support.behaviours import Hold
from support.fixtures import StartLongshore
from support.longshore import Longshore, one_connection
from support.open_response import OpenResponse
from support.payload import MIB, payload, text
from support.scripted_upstream import ScriptedUpstream
from support.volumes import ext4, gone
from support.wait import until

NAME = "library/app"
SIZE = 12 * MIB
CONTENTS: dict[str, Callable[[int], bytes]] = {"identity": payload, "frames": text}
RANGES: dict[str, list[tuple[int, int]]] = {
    "whole": [],
    "part": [(MIB + 5, SIZE - 7)],
    "several": [(10, 20), (3 * MIB, 10 * MIB), (10 * MIB, 10 * MIB + 1), (SIZE - 100, SIZE)],
}


def stored_path(longshore: Longshore, digest: str, kind: str) -> Path:
    path = longshore.stored_file(digest)
    return path if kind == "identity" else path.with_name(path.name + ".zst")


def add(upstream: ScriptedUpstream, data: bytes) -> str:
    """As a layer of an image, of which its clients take the manifest first."""
    return upstream.repository(NAME).add_image(data, "latest", oci.LAYER_TAR).layer_digest


def store(longshore: Longshore, digest: str, kind: str) -> Path:
    """The file of the blob, which is open and stays so, as it is used."""
    path = f"{NAME}/blobs/{digest}"
    longshore.client().manifest(NAME, "latest")
    longshore.until_hit(path)
    file = stored_path(longshore, digest, kind)
    until(file.exists, f"it is stored as {kind}")
    longshore.until_hit(path)
    return file


def parts(data: bytes, ranges: list[tuple[int, int]]) -> list[bytes]:
    return [data[first:end] for first, end in ranges or [(0, len(data))]]


@pytest.mark.parametrize("ranges", RANGES)
@pytest.mark.parametrize("kind", CONTENTS)
def test_a_file_that_is_cut_off_is_made_good_in_mid_response(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, kind: str, ranges: str
) -> None:
    data = CONTENTS[kind](SIZE)
    digest = add(upstream, data)
    longshore = start_longshore({"docker.io": one_connection(upstream.url)})
    file = store(longshore, digest, kind)
    os.truncate(file, file.stat().st_size // 2)
    before = upstream.gets(digest)
    path = f"/v2/{NAME}/blobs/{digest}"
    reader = OpenResponse(longshore.port, path, RANGES[ranges])
    assert reader.read() == parts(data, RANGES[ranges])
    assert upstream.gets(digest) == before + 1
    assert longshore.metrics().total("longshore_responses_cut_total") == 0
    # It is not believed any more.
    assert longshore.until_hit(f"{NAME}/blobs/{digest}").body == data
    assert upstream.gets(digest) > before + 1


def test_frames_that_are_cut_off_between_two_longshores(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """What the nearer one has of them is right; the rest it asks for by range."""
    data = text(SIZE)
    digest = add(upstream, data)
    hub = start_longshore({"docker.io": upstream.url}, name="hub")
    file = store(hub, digest, "frames")
    os.truncate(file, file.stat().st_size // 2)
    edge = start_longshore({"docker.io": one_connection(hub.url)}, name="edge")
    assert edge.client().blob(NAME, digest).body == data
    assert edge.metrics().total("longshore_responses_cut_total") == 0


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_file_system_that_is_gone_in_mid_response(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore, kind: str
) -> None:
    """Not even what is in memory can be read then."""
    data = CONTENTS[kind](4 * SIZE)
    digest = add(upstream, data)
    with ext4(folder / "disk", 512 * MIB) as disk:
        cache = {"path": str(disk / "c")}
        longshore = start_longshore({"docker.io": one_connection(upstream.url)}, cache=cache)
        store(longshore, digest, kind)
        readers = {
            name: OpenResponse(longshore.port, f"/v2/{NAME}/blobs/{digest}", ranges)
            for name, ranges in RANGES.items()
        }
        with gone(disk):
            for name, reader in readers.items():
                assert reader.read() == parts(data, RANGES[name])
            assert longshore.metrics().total("longshore_responses_cut_total") == 0
            # One for the fill, one for each.
            assert upstream.gets(digest) == 1 + len(readers)
            longshore.kill()


def test_a_fill_whose_file_system_is_gone(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """Who has nothing yet gets all from the upstream. What the others have cannot be compared any
    more, and it was never proven."""
    data = payload(SIZE)
    digest = upstream.repository(NAME).add_blob(data)
    with ext4(folder / "disk", 256 * MIB) as disk:
        cache = {"path": str(disk / "c")}
        longshore = start_longshore({"docker.io": one_connection(upstream.url)}, cache=cache)
        hold = Hold(4 * MIB)
        upstream.on("GET", digest, hold)
        path = f"/v2/{NAME}/blobs/{digest}"
        begun = OpenResponse(longshore.port, path)
        until(hold.reached.is_set, "the fill is under way")
        waiting = OpenResponse(longshore.port, path, [(9 * MIB, SIZE)])
        with gone(disk):
            upstream.behave()
            hold.release()
            assert waiting.read() == [data[9 * MIB :]]
            assert begun.read() is None
            longshore.kill()
