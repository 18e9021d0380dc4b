"""A cache folder that cannot be used when Longshore starts. A disk that fails is no reason not to
start: pulls are streamed through until it works, and then it is used, without a restart. What only
a person can change is a reason: it ends, and says what to do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from support.fixtures import StartLongshore
from support.longshore import BINARY, Longshore
from support.payload import KIB, MIB, payload
from support.scripted_upstream import ScriptedUpstream
from support.volumes import ext4, frozen, gone, read_only, tmpfs
from support.wait import until

NAME = "library/app"
NOBODY = "http://127.0.0.1:9"
DATA = payload(3 * MIB, 1)
RECOVERS_S = 30.0  # tried every five seconds, on a machine that is busy
# What makes root of root.
RIGHTS = "-dac_override,-dac_read_search,-fowner"


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Somebody else's file takes all that is left."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(bytes(64 * KIB))
                file.flush()
        except OSError:
            pass
    try:
        yield
    finally:
        filler.unlink()


def is_degraded(longshore: Longshore) -> bool:
    reasons = ("io", "no_space")
    metrics = longshore.metrics()
    return any(metrics.total("longshore_storage_degraded", reason=it) == 1 for it in reasons)


def is_well(longshore: Longshore) -> bool:
    ready = longshore.admin("/readyz")
    return ready.body == b"ready\n" and longshore.metrics().total("longshore_storage_degraded") == 0


def lines(longshore: Longshore, words: str) -> int:
    return sum(words in line["msg"] for line in longshore.log_lines())


Trouble = Callable[[Path], AbstractContextManager[None]]


@pytest.mark.parametrize("trouble", [read_only, full, gone, frozen], ids=lambda it: it.__name__)
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "old"])
def test_a_disk_that_fails_at_the_start_is_used_once_it_works(
    folder: Path, upstream: ScriptedUpstream, trouble: Trouble, is_new: bool
) -> None:
    repository = upstream.repository(NAME)
    image = repository.add_image(DATA, "latest")
    with ext4(folder / "disk", 256 * MIB) as disk:
        longshore = Longshore(
            folder / "longshore", {"docker.io": upstream.url}, cache={"path": str(disk / "c")}
        )
        if not is_new:
            longshore.start()
            assert longshore.client().manifest(NAME, "latest").status == 200
            longshore.until_hit(f"{NAME}/blobs/{image.layer_digest}")
            longshore.stop()
        try:
            with trouble(disk):
                longshore.start()
                ready = longshore.admin("/readyz")
                assert ready.status == 200
                assert ready.body.startswith(b"ready, degraded: the cache cannot be opened: ")
                assert is_degraded(longshore)
                assert lines(longshore, "trouble begins") == 1
                for _ in range(2):
                    assert longshore.client().manifest(NAME, "latest").body == image.manifest
                    answer = longshore.client().blob(NAME, image.layer_digest)
                    assert answer.body == DATA
                    assert answer.header("Cache-Status") == "longshore; fwd=bypass"
                assert b"cannot be used now" in longshore.admin("/api/v1/ls").body
            until(lambda: is_well(longshore), "it is well by itself", RECOVERS_S)
            assert lines(longshore, "trouble is over") == 1
            gets = upstream.gets(image.layer_digest)
            longshore.client().manifest(NAME, "latest")
            longshore.client().blob(NAME, image.layer_digest)
            longshore.until_hit(f"{NAME}/blobs/{image.layer_digest}")
            # What was stored before is known again.
            assert is_new or upstream.gets(image.layer_digest) == gets
        finally:
            longshore.stop()


def test_a_stop_while_the_disk_fails_is_clean(folder: Path, start_longshore: StartLongshore) -> None:
    with tmpfs(folder / "disk", 64 * MIB) as disk, read_only(disk):
        longshore = start_longshore({"docker.io": NOBODY}, cache={"path": str(disk / "c")})
        process = longshore.process
        process.signal(15)
        assert process.exit_status() == 0


@pytest.mark.parametrize("below", ["", "/cache"], ids=["itself", "above"])
def test_a_file_in_the_place_of_the_folder_is_a_mistake(folder: Path, below: str) -> None:
    (folder / "thesis").write_text("important")
    cache = {"path": f"{folder}/thesis{below}"}
    said = Longshore(folder / "longshore", {"docker.io": NOBODY}, cache=cache).refuse_to_start()
    assert f"{folder}/thesis is a file: remove it, or set cache.path" in said
    assert (folder / "thesis").read_text() == "important"


@pytest.mark.parametrize("made", ["c", "c/index"])
def test_a_folder_of_another_user_is_a_mistake(folder: Path, made: str) -> None:
    (folder / made).mkdir(parents=True)
    (folder / made).chmod(0o500)
    cache = {"path": str(folder / "c")}
    longshore = Longshore(folder / "longshore", {"docker.io": NOBODY}, cache=cache)
    (folder / "c" / "FORMAT").write_text("longshore cache 1\n")
    ended = subprocess.run(
        ["setpriv", f"--bounding-set={RIGHTS}", "--inh-caps=-all", BINARY, "serve"]
        + ["--config", longshore.config_path],
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert ended.returncode == 1
    assert f"user 0 may not write in {folder / made}: make it that user's" in ended.stderr
