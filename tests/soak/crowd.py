"""Clients that ask again and again, each kind in threads of its own, until they are told to stop."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from clients.archive import file_digest
from model.answers import right_answer
from model.plan import BlobPlan, ReaderPlan
from model.play import corrupted
from model.reader import End, Reader
from model.wire import NAME
from soak.plan import plan_client
from support.commands import CommandError, run
from support.longshore import Longshore
from support.oci import digest_of
from support.scripted_upstream import Image

# Everything is slow where others take the processors; a hang is longer than that.
PATIENCE_S = 300.0
STOP_S = 2 * PATIENCE_S


class Crowd:
    """`ends` counts how answers ended, by kind of client, `compared` the bytes that were what they
    should be; `wrong` is what must never happen. A connection that is refused, reset or cut is what a client of a dying server expects."""

    def __init__(self, longshore: Longshore, blobs: tuple[BlobPlan, ...], random: Random) -> None:
        self.longshore = longshore
        self.blobs = blobs
        self.ends: Counter[str] = Counter()
        self.compared = 0
        self.wrong: list[str] = []
        self._random = random
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def readers(self, count: int) -> None:
        """Python clients with ranges, several ranges, pauses, and those that leave."""
        for _ in range(count):
            random = Random(self._random.random())
            self._begin(lambda random=random: self._read(random))

    def skopeo(self, images: dict[str, Image], folder: Path) -> None:
        """Skopeo copies whole images."""
        random = Random(self._random.random())
        self._begin(lambda: self._copy(random, images, folder))

    def pullers(self, images: dict[str, Image]) -> None:
        """Manifest by tag, then what it names, as Docker does."""
        random = Random(self._random.random())
        self._begin(lambda: self._pull(random, images))

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(STOP_S)
            if thread.is_alive():
                self._never("a client without end")

    def read(self, plan_number: int) -> Reader:
        """One blob whole, now."""
        reader = self._reader(ReaderPlan(plan_number))
        reader.run()
        self._note("whole", reader)
        return reader

    def _begin(self, turn: Callable[[], None]) -> None:
        def loop() -> None:
            while not self._over.is_set():
                try:
                    turn()
                except Exception as error:
                    self._never(f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _reader(self, plan: ReaderPlan) -> Reader:
        blob = self.blobs[plan.blob]
        answer = right_answer(blob.data, blob.digest, plan.method, plan.range)
        wrong = corrupted(blob)
        reader = Reader(plan, answer, wrong, self.longshore.port, lambda sent, seconds: None)
        reader.patience_s = PATIENCE_S
        if plan.method == "GET":
            reader.passed_through = right_answer(blob.data, blob.digest, "GET", None)
        return reader

    def _read(self, random: Random) -> None:
        reader = self._reader(plan_client(random, self.blobs))
        reader.run()
        self._note("reader", reader)
        if reader.end is End.UNANSWERED:
            self._over.wait(0.05)  # it is not there just now

    def _note(self, kind: str, reader: Reader) -> None:
        how = "passed through, " if reader.was_passed_through else ""
        self._count(f"{kind} {how}{reader.end.value}", 0 if reader.error else reader.received)
        if reader.error is not None:
            self._never(f"{reader}: {reader.error}")

    def _pull(self, random: Random, images: dict[str, Image]) -> None:
        tag, image = random.choice(list(images.items()))
        client = self.longshore.client()
        try:
            answers = [(client.manifest(NAME, tag), image.manifest_digest)]
            answers += [
                (client.blob(NAME, digest), digest)
                for digest in (image.config_digest, image.layer_digest)
            ]
        except Exception:  # whatever a dying server does to a connection
            self._count("puller cut")
            self._over.wait(0.05)
            return
        for answer, digest in answers:
            is_right = answer.status == 200 and digest_of(answer.body) == digest
            self._count(f"puller {answer.status}", len(answer.body) if is_right else 0)
            if answer.status == 200 and not is_right:
                self._never(f"a puller got wrong bytes of {digest}")

    def _copy(self, random: Random, images: dict[str, Image], folder: Path) -> None:
        tag, image = random.choice(list(images.items()))
        shutil.rmtree(folder, ignore_errors=True)
        source = f"docker://{self.longshore.address}/{NAME}:{tag}"
        command = ["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"]
        try:
            run([*command, source, f"dir:{folder}"], timeout=PATIENCE_S)
        except CommandError:
            self._count("skopeo failed")
            self._over.wait(0.2)
            return
        stored = {file_digest(path): path.stat().st_size for path in folder.iterdir()}
        wanted = {image.manifest_digest, image.config_digest, image.layer_digest}
        self._count("skopeo complete", sum(stored.get(digest, 0) for digest in wanted))
        if not wanted <= stored.keys():
            self._never(f"skopeo stored wrong bytes of {tag}")

    def _count(self, end: str, compared: int = 0) -> None:
        with self._lock:
            self.ends[end] += 1
            self.compared += compared

    def _never(self, what: str) -> None:
        with self._lock:
            self.wrong.append(what)
