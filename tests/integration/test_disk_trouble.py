"""A disk that is too small, full, read-only, failing or frozen: pulls go on, streamed through; what
is wrong is said once; and when the disk works again, so does the cache, by itself."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from support.behaviours import Hold, corrupt
from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import Longshore
from support.oci import digest_of
from support.open_response import OpenResponse
from support.payload import KIB, MIB, payload
from support.scripted_upstream import Repository, ScriptedUpstream
from support.volumes import break_ext4, ext4, failing_writes, frozen, resize_tmpfs, tmpfs
from support.wait import until

NAME = "library/app"
BLOB = 12 * MIB
DISK_THREADS = 8  # of Longshore
WAITS_S = 30.0  # fifteen seconds, on a machine that is busy
RECOVERS_S = 30.0  # a probe every five seconds, on a machine that is busy


def pull(longshore: Longshore, digest: str, data: bytes) -> str:
    """Expects the whole blob; says how it came."""
    answer = longshore.client().blob(NAME, digest)
    assert answer.status == 200
    assert answer.body == data
    return answer.header("Cache-Status")


def degraded(longshore: Longshore, reason: str) -> bool:
    """Do the metric and /readyz say so? It takes requests all the same."""
    # The metric first: trouble may be noticed between the two, and by then /readyz knows of it.
    is_set = longshore.metrics().total("longshore_storage_degraded", reason=reason) == 1
    ready = longshore.admin("/readyz")
    assert ready.status == 200
    assert ready.body.startswith(b"ready, degraded: ") or not is_set
    return is_set


def is_well(longshore: Longshore) -> bool:
    ready = longshore.admin("/readyz")
    return ready.body == b"ready\n" and longshore.metrics().total("longshore_storage_degraded") == 0


def add_blobs(repository: Repository, count: int, seed: int = 1) -> dict[str, bytes]:
    """Small ones, each of its own."""
    contents = [payload(200 * KIB, seed * 1000 + number) for number in range(count)]
    return {repository.add_blob(data): data for data in contents}


def forget_pages(longshore: Longshore, digest: str) -> None:
    """As the kernel does when it wants the memory."""
    with longshore.stored_file(digest).open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def lines_about_the_disk(longshore: Longshore) -> list[str]:
    topics = ("disk", "index", "budget", "fetch", "manifest")
    bad = ("warn", "error")
    return [
        line["msg"]
        for line in longshore.log_lines()
        if line["topic"] in topics and line["level"] in bad
    ]


def test_a_file_system_smaller_than_the_budget(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    blobs = {repository.add_blob(data): data for data in (payload(BLOB, n) for n in range(8))}
    with tmpfs(folder / "disk", 64 * MIB) as disk:
        longshore = start_longshore({"docker.io": upstream.url}, cache={"path": str(disk / "c")})
        seen = {pull(longshore, digest, data) for digest, data in blobs.items()}
        assert seen == {"longshore; fwd=miss", "longshore; fwd=bypass"}
        assert degraded(longshore, "no_room")
        assert b"lower cache.size" in longshore.admin("/readyz").body
        # A failed write would be one: what has no room is not begun.
        assert longshore.metrics().total("longshore_storage_errors_total") == 0
        until(lambda: lines_about_the_disk(longshore), "the log says so")
        last = list(blobs)[-1]
        assert pull(longshore, last, blobs[last]) == "longshore; fwd=bypass"
        assert len(lines_about_the_disk(longshore)) == 1, "a line a request"

        resize_tmpfs(disk, 256 * MIB)
        assert pull(longshore, last, blobs[last]) == "longshore; fwd=miss"
        longshore.until_hit(f"{NAME}/blobs/{last}")
        longshore.stop()


def test_a_disk_that_others_fill_in_mid_pull_and_empty_again(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(3 * BLOB)
    repository = upstream.repository(NAME)
    digest = repository.add_blob(data)
    others = add_blobs(repository, 30)
    with tmpfs(folder / "disk", 96 * MIB) as disk:
        longshore = start_longshore({"docker.io": upstream.url}, cache={"path": str(disk / "c")})
        hold = Hold(MIB)
        upstream.on("GET", digest, hold)
        interrupted = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "heads")
        until(lambda: hold.reached.is_set() and longshore.staged_files(), "the fill is under way")
        filler = disk / "filler"
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(bytes(MIB))
            except OSError:
                pass
        hold.release()
        # What it has is known to be right; the rest is streamed through.
        assert interrupted.digest() == digest
        upstream.behave()
        assert pull(longshore, digest, data) == "longshore; fwd=bypass"
        assert degraded(longshore, "no_space")
        before = len(lines_about_the_disk(longshore))
        for other, content in others.items():
            assert pull(longshore, other, content) == "longshore; fwd=bypass"
        assert len(lines_about_the_disk(longshore)) - before <= 1, "a line a request"

        filler.unlink()
        until(lambda: is_well(longshore), "it is well by itself", RECOVERS_S)
        assert pull(longshore, digest, data) == "longshore; fwd=miss"
        longshore.until_hit(f"{NAME}/blobs/{digest}")
        assert pull(longshore, digest, data) == "longshore; hit"
        longshore.stop()


def fill_held_at(
    size: int, digest: str, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> tuple[Longshore, Hold]:
    """A fill that will stop when so much of it is there."""
    settings = {"url": upstream.url, "max_connections_per_blob": 1}
    longshore = start_longshore({"docker.io": settings})
    hold = Hold(size)
    upstream.on("GET", digest, hold)
    return longshore, hold


def test_who_reads_a_fill_when_the_disk_breaks_gets_the_rest_from_the_upstream(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(BLOB)
    digest = upstream.repository(NAME).add_blob(data)
    longshore, hold = fill_held_at(4 * MIB, digest, upstream, start_longshore)
    url = f"{longshore.url}/v2/{NAME}/blobs/{digest}"
    downloads = {
        Download(url, folder / "whole"): digest,
        Download(url, folder / "another"): digest,
        Download(url, folder / "part", f"{MIB}-{8 * MIB - 1}"): digest_of(data[MIB : 8 * MIB]),
        Download(url, folder / "end", f"{9 * MIB}-"): digest_of(data[9 * MIB :]),
    }
    until(hold.reached.is_set, "the fill is under way")
    # Who comes when the disk is broken already is no reader of the fill: it is relayed the whole.
    until(lambda: all(download.has_begun() for download in downloads), "all of them read it")
    with failing_writes(longshore.process.pid):
        hold.release()
        for download, wanted in downloads.items():
            assert download.digest() == wanted
    assert longshore.metrics().total("longshore_fills_total", outcome="failed") == 1
    assert longshore.metrics().total("longshore_responses_cut_total") == 0


@pytest.mark.parametrize("at", [1000, 4 * MIB + 1000, BLOB - 1], ids=["sent", "next", "last"])
def test_the_rest_that_does_not_fit_what_was_sent_ends_short(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore, at: int
) -> None:
    """The digest is of what the upstream sends now: it has to be what the client has, too."""
    digest = upstream.repository(NAME).add_blob(payload(BLOB))
    longshore, hold = fill_held_at(4 * MIB, digest, upstream, start_longshore)
    download = Download(f"{longshore.url}/v2/{NAME}/blobs/{digest}", folder / "head")
    until(lambda: hold.reached.is_set() and download.has_begun(), "the client reads")
    upstream.on("GET", digest, corrupt(at))
    with failing_writes(longshore.process.pid):
        hold.release()
        assert download.digest() is None


SEVERAL = [(0, MIB), (3 * MIB, 9 * MIB), (10 * MIB, 10 * MIB + 77)]


def read_several_of_a_fill(
    longshore: Longshore, hold: Hold, digest: str, before_it_breaks: Callable[[], None]
) -> list[bytes] | None:
    """The disk breaks when the first of them was sent, and the second begun."""
    path = f"/v2/{NAME}/blobs/{digest}"
    whole = OpenResponse(longshore.port, path)
    until(hold.reached.is_set, "the fill is under way")
    several = OpenResponse(longshore.port, path, SEVERAL)
    several.begin(MIB + 1000)
    before_it_breaks()
    with failing_writes(longshore.process.pid):
        hold.release()
        parts = several.read()
    whole.read()
    return parts


def test_several_ranges_of_a_fill_go_on_by_one_transfer_in_one_response(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    data = payload(BLOB)
    digest = upstream.repository(NAME).add_blob(data)
    longshore, hold = fill_held_at(4 * MIB, digest, upstream, start_longshore)
    parts = read_several_of_a_fill(longshore, hold, digest, upstream.behave)
    assert parts == [data[first:end] for first, end in SEVERAL]
    # The fill's, and one for each of its two readers.
    assert upstream.gets(digest) == 3


@pytest.mark.parametrize("at", [1000, 3 * MIB], ids=["in full", "in part"])
def test_several_ranges_of_which_a_wrong_one_was_sent_end_short(
    upstream: ScriptedUpstream, start_longshore: StartLongshore, at: int
) -> None:
    """What comes now is right, all of it, and says nothing of what came before."""
    digest = upstream.repository(NAME).add_blob(payload(BLOB))
    upstream.on("GET", digest, corrupt(at))
    longshore, hold = fill_held_at(4 * MIB, digest, upstream, start_longshore)
    assert read_several_of_a_fill(longshore, hold, digest, upstream.behave) is None


def test_a_file_system_that_becomes_read_only(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    stored = repository.add_blob(payload(BLOB, 1))
    image = repository.add_image(payload(MIB, 2), "latest")
    with ext4(folder / "disk", 256 * MIB) as disk:
        longshore = start_longshore({"docker.io": upstream.url}, cache={"path": str(disk / "c")})
        pull(longshore, stored, payload(BLOB, 1))
        longshore.until_hit(f"{NAME}/blobs/{stored}")
        break_ext4(disk)
        for _ in range(2):
            assert longshore.client().manifest(NAME, "latest").body == image.manifest
            assert pull(longshore, image.layer_digest, payload(MIB, 2)) == "longshore; fwd=bypass"
        assert pull(longshore, stored, payload(BLOB, 1)) == "longshore; hit"
        until(lambda: degraded(longshore, "io"), "it says so")
        assert longshore.metrics().total("longshore_storage_errors_total") > 0
        longshore.kill()


def test_a_disk_that_fails_every_write_and_then_none(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    repository = upstream.repository(NAME)
    blobs = add_blobs(repository, 8)
    stored, *others = blobs
    image = repository.add_image(payload(MIB, 2), "latest")
    longshore = start_longshore({"docker.io": upstream.url})
    pull(longshore, stored, blobs[stored])
    longshore.until_hit(f"{NAME}/blobs/{stored}")
    with failing_writes(longshore.process.pid):
        for digest in others:
            pull(longshore, digest, blobs[digest])
        assert longshore.client().manifest(NAME, "latest").body == image.manifest
        assert degraded(longshore, "io")
        assert pull(longshore, stored, blobs[stored]) == "longshore; hit"
    until(lambda: is_well(longshore), "it is well by itself", RECOVERS_S)
    for digest in others:
        pull(longshore, digest, blobs[digest])
        longshore.until_hit(f"{NAME}/blobs/{digest}")
    longshore.client().manifest(NAME, "latest")
    longshore.until_hit(f"{NAME}/manifests/latest")
    # What it stored is there after a kill, too.
    longshore.kill()
    upstream.stop()
    longshore.start()
    for digest, data in blobs.items():
        assert pull(longshore, digest, data) == "longshore; hit"
    assert longshore.client().manifest(NAME, "latest").body == image.manifest


def test_a_disk_that_does_not_answer(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """Whoever waits for it when it freezes, be it with all threads that work on the disk, is served
    by the upstream before it works again, one in mid-blob too; whoever comes when that is known at
    once, even with a stored blob that is no longer in memory."""
    repository = upstream.repository(NAME)
    blobs = add_blobs(repository, 13)
    first, cold, *others = blobs
    image = repository.add_image(payload(MIB, 2), "latest")
    waiting = add_blobs(repository, 2 * DISK_THREADS, 7)
    large = repository.add_blob(payload(BLOB, 3))
    hold = Hold(MIB)
    upstream.on("GET", large, hold)
    with ext4(folder / "disk", 256 * MIB) as disk:
        cache = {"path": str(disk / "c"), "compress": "off"}
        longshore = start_longshore({"docker.io": upstream.url}, cache=cache)
        for digest in (first, cold):
            pull(longshore, digest, blobs[digest])
            longshore.until_hit(f"{NAME}/blobs/{digest}")
        halfway = Download(f"{longshore.url}/v2/{NAME}/blobs/{large}", folder / "heads")
        until(halfway.has_begun, "some of it is here")
        with frozen(disk):
            hold.release()
            forget_pages(longshore, cold)
            came: set[bytes] = set()

            def wait_for(digest: str) -> None:
                came.add(longshore.client().blob(NAME, digest).body)

            clients = [threading.Thread(target=wait_for, args=(digest,)) for digest in waiting]
            for client in clients:
                client.start()
            until(lambda: degraded(longshore, "stuck"), "it is known", RECOVERS_S)
            for digest in others:
                assert pull(longshore, digest, blobs[digest]) == "longshore; fwd=bypass"
            for digest in (first, cold):
                assert pull(longshore, digest, blobs[digest]) == "longshore; hit"
            assert longshore.client().manifest(NAME, "latest").body == image.manifest
            assert b"does not return" in longshore.admin("/").body
            for client in clients:
                client.join(WAITS_S)
            assert came == set(waiting.values())
            assert halfway.digest() == large
        until(lambda: is_well(longshore), "it is well by itself", RECOVERS_S)
        pull(longshore, others[0], blobs[others[0]])
        longshore.until_hit(f"{NAME}/blobs/{others[0]}")
        longshore.stop()
