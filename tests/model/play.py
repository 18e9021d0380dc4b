"""Plays one round against the real binary and checks it against the model."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

from model.answers import Range, demand, right_answer
from model.plan import BlobPlan, Death, Mood, ReaderPlan, RoundPlan, Wave
from model.reader import End, Reader
from model.traffic import (
    Losses,
    Segments,
    check_calm,
    check_taken,
    check_wire,
    check_witnesses,
)
from model.wire import Wire
from support.longshore import Longshore
from support.wait import until

WAIT_S = 60.0
READER_S = 180.0
# How often a corrupted blob is asked for again: once for each fetch that resumes on a wrong byte.
MOST_HEALINGS = 4
SANITIZERS = ("ERROR: AddressSanitizer", "WARNING: ThreadSanitizer", "runtime error:")


class Play:
    """One round: waves of readers, a healing wave, the books."""

    def __init__(self, plan: RoundPlan, folder: Path, servers: ExitStack) -> None:
        self.plan = plan
        self.wire = Wire(plan.blobs, servers)
        upstream = {"url": self.wire.url, **plan.upstream_settings}
        self.longshore = Longshore(folder, {"docker.io": upstream}, **plan.settings)
        servers.callback(self.longshore.stop)
        self.asked: dict[str, list[Range]] = {blob.digest: [] for blob in plan.blobs}

    def run(self) -> None:
        self.longshore.start()
        if self.plan.mood is Mood.CALM:
            self._make_known()
        for wave in self.plan.waves:
            self._play(wave)
        if self.plan.mood is Mood.CALM:
            self._check_calm()
        self.wire.heal()
        self._heal()
        self._end()
        self._check_books()

    def _make_known(self) -> None:
        """Asks for each blob's size, so that no request of the waves is one to confirm a blob."""
        for number in range(len(self.plan.blobs)):
            self._all_right([self._reader(ReaderPlan(number, "HEAD"))])

    # --- waves

    def _reader(self, plan: ReaderPlan) -> Reader:
        blob = self.plan.blobs[plan.blob]
        answer = right_answer(blob.data, blob.digest, plan.method, plan.range)
        if plan.method == "GET":
            self.asked[blob.digest] += answer.ranges
        return Reader(
            plan, answer, corrupted(blob), self.longshore.port, self.wire.ledger.wait_for
        )

    def _play(self, wave: Wave) -> None:
        readers = [self._reader(plan) for plan in wave.readers]
        dies_at = self.wire.ledger.sent + wave.dies_at
        for reader in readers:
            reader.start()
        if wave.death is not None:
            self.wire.ledger.wait_for(dies_at, 1)
            self._die(wave.death)
            self.longshore.start()
        self._join(readers)
        self._check(readers, wave)
        self._until_idle()
        self._check_staging()
        if wave.restart_after:
            self._die(Death.STOP)
            self.longshore.start()

    def _join(self, readers: list[Reader]) -> None:
        for reader in readers:
            reader.join(READER_S)
            demand(not reader.is_alive(), f"a reader without end: {reader}")

    def _check(self, readers: list[Reader], wave: Wave) -> None:
        for reader in readers:
            if reader.error is not None:
                raise AssertionError(f"{reader}: {reader.error}") from reader.error
            if wave.death is not None:
                self._check_end(reader, wave.death)
                continue
            demand(not reader.was_reset, f"reset: {reader}")
            demand(reader.end is not End.UNANSWERED, f"no answer: {reader}")
            if self.plan.mood is not Mood.HARSH:
                got_it = reader.end in (End.COMPLETE, End.LEFT)
                demand(got_it, f"after {reader.received} bytes: {reader}")

    def _check_end(self, reader: Reader, death: Death) -> None:
        """A response that runs when the process is told to stop comes to its end."""
        if death is Death.STOP and self.plan.mood is not Mood.HARSH:
            demand(reader.end is not End.SHORT, f"cut off by SIGTERM: {reader}")

    def _all_right(self, readers: list[Reader]) -> None:
        for reader in readers:
            reader.start()
        self._join(readers)
        for reader in readers:
            if reader.error is not None:
                raise AssertionError(f"{reader}: {reader.error}") from reader.error
            demand(reader.end is End.COMPLETE, f"after {reader.received} bytes: {reader}")

    # --- the process

    def _die(self, death: Death) -> None:
        if death is Death.KILL:
            self.longshore.kill()
            return
        process = self.longshore.process
        process.signal(signal.SIGTERM)
        status = process.exit_status(WAIT_S)
        self.longshore.stop()
        demand(status == 0, f"exit status {status} after SIGTERM")

    def _until_idle(self) -> None:
        """No fill is in flight, no client is connected, and it says it is well."""

        def idle() -> bool:
            metrics = self.longshore.metrics()
            names = ("longshore_fills_in_flight", "longshore_connections")
            jobs = metrics.total("longshore_pool_jobs")  # the scrape itself is one
            return jobs <= 1 and all(metrics.total(name) == 0 for name in names)

        until(idle, "nothing is in flight", WAIT_S)
        for path in ("/healthz", "/readyz"):
            demand(self.longshore.admin(path).status == 200, path)

    def _end(self) -> None:
        self._until_idle()
        self._die(Death.STOP)
        log = self.longshore.log_text()
        for words in SANITIZERS:
            demand(words not in log, words)
        if not self.plan.is_corrupt:
            errors = [line for line in self.longshore.log_lines() if line["level"] == "error"]
            demand(not errors, f"errors in the log: {errors}")

    # --- the disk

    def _check_staging(self) -> None:
        """What is staged are unfinished blobs of this round, one file each."""
        digests = {blob.digest for blob in self.plan.blobs}

        def is_explained() -> bool:
            staged = [staged_digest(path) for path in self.longshore.staged_files()]
            unfinished = digests - self.longshore.stored_digests()
            return len(staged) == len(set(staged)) and set(staged) <= unfinished

        until(is_explained, f"staging is explained: {self.longshore.staged_files()}", WAIT_S)

    def _heal(self) -> None:
        """The upstream is well again: whoever asks for the whole gets it, and it is stored."""
        for number, blob in enumerate(self.plan.blobs):
            if blob.corrupt_at is not None:
                self._outlive_corruption(number)
        self._all_right([self._reader(ReaderPlan(n)) for n in range(len(self.plan.blobs))])
        digests = {blob.digest for blob in self.plan.blobs}
        until(lambda: self.longshore.stored_digests() == digests, "all is stored", WAIT_S)
        until(lambda: not self.longshore.staged_files(), "staging is empty", WAIT_S)

    def _outlive_corruption(self, number: int) -> None:
        """What is present of a blob may be wrong: it fails its proof once, and goes."""
        for _ in range(MOST_HEALINGS):
            reader = self._reader(ReaderPlan(number))
            reader.start()
            self._join([reader])
            self._until_idle()
            if reader.end is End.COMPLETE:
                return

    # --- the books

    def _check_calm(self) -> None:
        lines = self.longshore.log_lines()
        for blob in self.plan.blobs:
            gets = self.wire.ledger.of(blob.digest)
            check_calm(gets, self.asked[blob.digest], blob.size)
            check_taken(Segments(lines, blob.digest), blob.size, Losses())

    def _check_books(self) -> None:
        lines = self.longshore.log_lines()
        for blob in self.plan.blobs:
            gets = self.wire.ledger.of(blob.digest)
            segments = Segments(lines, blob.digest)
            losses = Losses(self.plan.kills, segments.mismatches)
            check_wire(gets, segments.took, blob.size, losses)
            if not blob.ignores_ranges:
                check_taken(segments, blob.size, losses)
                check_witnesses(segments, gets, losses)


def corrupted(blob: BlobPlan) -> bytes | None:
    at = blob.corrupt_at
    if at is None:
        return None
    return blob.data[:at] + bytes([blob.data[at] ^ 0xFF]) + blob.data[at + 1 :]


def staged_digest(path: Path) -> str:
    """staging/<algo>-<hex>.<n>: cache/README.md."""
    return path.name.rpartition(".")[0].replace("-", ":", 1)
