"""What the upstream may be asked, and how often the same byte may come: "no byte twice" as numbers.

Two witnesses. The wire (`WireGet`) says what was asked and what was handed to sockets; of that the
buffers swallow some whenever a transfer is cut, and a receive buffer may be as large as a blob. So
the server's log is heard, too: what each segment asked for and took ("segment begins", "segment
ends"). What a segment took when it ended is written, and of that no byte is lost short of a kill.
The wire confirms what the log says.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from model.answers import Range, demand
from model.plan import CHUNK
from model.wire import PIECE, SEND_BUFFER, WireGet
from support.payload import KIB, MIB

HOLD_BACK = 64 * KIB  # PartialBlob::kHoldBack: not shown until the digest is proven
NOTHING_LATER = (1 << 62, 1 << 62)

# --- what a transfer loses when it is cut
CURL_BUFFER = 128 * KIB  # curl_client.cc kBufferSize: one read, dropped when the segment has ended
GATHERED = 256 * KIB + CURL_BUFFER  # BlobSegment::kChunk and the read that made it full
SOCKETS = 2 * SEND_BUFFER + int(Path("/proc/sys/net/ipv4/tcp_rmem").read_text().split()[2])
# The end of a range that was cut comes again over another connection; a segment that is destroyed
# because its fetch was given up loses what it had gathered. PIECE: counted before it was sent.
LOST_BY_A_CUT = SOCKETS + CURL_BUFFER + GATHERED + PIECE

# --- what a kill loses of one blob
RECORD_EVERY = 2 * MIB  # cache_parts.h: bytes written since the extents were last recorded
# A record is made by the write that completes RECORD_EVERY.
LOST_BY_A_KILL = RECORD_EVERY + GATHERED
# Accepted by the segments and not yet written (BlobSegment::kQueueHigh, passed by one write).
QUEUED_AT_A_KILL = 4 * MIB + GATHERED


class Losses(NamedTuple):
    """What excuses that bytes of one blob came again."""

    kills: int = 0
    mismatches: int = 0


def union(ranges: Iterable[Range]) -> list[Range]:
    """The same bytes as sorted ranges that do not touch."""
    found: list[Range] = []
    for first, end in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif first < end:
            found.append((first, end))
    return found


def total(ranges: Iterable[Range]) -> int:
    return sum(end - first for first, end in ranges)


def to_chunks(ranges: Iterable[Range], size: int) -> list[Range]:
    return union(
        (first // CHUNK * CHUNK, min(size, -(-end // CHUNK) * CHUNK)) for first, end in ranges
    )


# --- a round in which nothing goes wrong and nobody leaves


def wanted_bytes(asked: Iterable[Range], size: int) -> list[list[Range]]:
    """What the readers' ranges may cost, each as a set of ranges; one of them it must be. When all
    but the last 64 KiB are here, a reader may wait for bytes that only the proof releases: then the
    whole is fetched (BlobFetch::NoticeDemand).
    """
    chunks = to_chunks(asked, size)
    whole = [(0, size)] if size else []
    return [chunks] if total(chunks) + HOLD_BACK <= size else [chunks, whole]


def effective(gets: Iterable[WireGet]) -> list[Range]:
    """The ranges as they were in the end, when nothing failed. A range may be asked for that lies
    in one under way only by cutting it there: of two that overlap the later begins inside the
    earlier, which ends there from then on. So each begins at a byte of its own, and the end that
    was asked for is still the end of the one or of one cut out of it.
    """
    asked = sorted((get.first, get.end) for get in gets)
    ranges: list[Range] = []
    for (first, end), (following, _) in zip(asked, [*asked[1:], NOTHING_LATER], strict=False):
        demand(first != following or first == end, f"byte {first} was asked for twice: {asked}")
        ranges.append((first, min(end, following)))
    ends = {end for _, end in ranges}
    joined = union(ranges)
    for first, end in asked:
        inside = first == end or any(begin <= first and end <= stop for begin, stop in joined)
        demand(end in ends and inside, f"[{first}, {end}) was asked for across others: {asked}")
    return ranges


def check_calm(gets: list[WireGet], asked: list[Range], size: int) -> None:
    """Exactly the wanted bytes were asked for, none of them twice, and none was handed over twice
    but for what a cut leaves in the buffers.
    """
    ranges = effective(gets)
    possible = wanted_bytes(asked, size)
    demand(union(ranges) in possible, f"asked for {union(ranges)}, wanted {possible[0]} of {size}")
    cuts = sum(get.end != end for get, (_, end) in zip(by_first(gets), ranges, strict=True))
    sent = sum(get.sent for get in gets)
    most = total(ranges) + cuts * LOST_BY_A_CUT
    demand(total(ranges) <= sent <= most, f"{sent} bytes sent, {total(ranges)} needed, {cuts} cuts")


def by_first(gets: Iterable[WireGet]) -> list[WireGet]:
    return sorted(gets, key=lambda get: (get.first, get.end))


# --- any round


def check_wire(gets: list[WireGet], took: list[Range], size: int, losses: Losses) -> None:
    """The sum of what was handed over: the blob once, and what is lost where a transfer was not
    taken to its end. A transfer of an upstream that ignores ranges is left out: such a one is read
    from the start again (proxy/README.md, "When the upstream breaks").
    """
    counted = [get for get in gets if not get.ignores_range and get.status in (200, 206)]
    taken_whole = sum((get.first, get.end) in took for get in unique(counted))
    cuts = len(counted) - taken_whole
    again = losses.kills * (LOST_BY_A_KILL + QUEUED_AT_A_KILL) + losses.mismatches * size
    sent = sum(get.sent for get in counted)
    demand(
        sent <= size + again + cuts * LOST_BY_A_CUT,
        f"{sent} bytes sent of a blob of {size}, {cuts} transfers cut, {losses}",
    )


def unique(gets: Iterable[WireGet]) -> list[WireGet]:
    """One for each range that was asked for: of equal ones at most one is taken whole."""
    return list({(get.first, get.end): get for get in gets}.values())


def check_taken(segments: Segments, size: int, losses: Losses) -> None:
    """No two segments took the same byte, over all lives of the process."""
    took = segments.took
    twice = total(took) - total(union(took))
    allowed = losses.kills * LOST_BY_A_KILL + losses.mismatches * size
    demand(twice <= allowed, f"{twice} bytes were taken twice, {losses}: {sorted(took)}")
    demand(all(end <= size for _, end in took), f"beyond the end: {sorted(took)}")
    demand(not segments.asked_again, f"asked for what is present: {segments.asked_again}")


def check_witnesses(segments: Segments, gets: list[WireGet], losses: Losses) -> None:
    """The log tells of nothing that the wire did not carry, and of every range that was asked; a
    kill takes the last lines with it.
    """
    for first, end in segments.took:
        carried = max((get.first + get.sent for get in gets if get.first == first), default=0)
        demand(end <= carried, f"[{first}, {end}) was taken, only [.., {carried}) was sent")
    if losses.kills == 0:
        unsaid = {(get.first, get.end) for get in gets if get.is_ranged} - set(segments.begun)
        demand(not unsaid, f"asked for, and the log is silent: {sorted(unsaid)}")


class Segments:
    """What the log says of one blob's segments. `asked_again`: what a segment asked for although
    an earlier one of the same life, or of one that ended well, had taken some of it.
    """

    def __init__(self, log_lines: Iterable[dict[str, Any]], digest: str) -> None:
        self.begun: list[Range] = []
        self.took: list[Range] = []
        self.mismatches = 0
        self.asked_again: list[tuple[Range, list[Range]]] = []
        self._present: list[Range] = []
        self._ended_well = True
        for line in log_lines:
            if line.get("digest", digest) == digest:
                self._hear(line)

    def _hear(self, line: dict[str, Any]) -> None:
        match line.get("msg"):
            case "started":
                # What was taken just before a kill may not have been recorded.
                self._present = self._present if self._ended_well else []
                self._ended_well = False
            case "stopped":
                self._ended_well = True
            case "segment begins":
                self._begin((line["begin"], line["begin"] + line["bytes"]))
            case "segment ends":
                self._take((line["begin"], line["begin"] + line["received"]))
            case "a blob failed its proof":
                self.mismatches += 1
                self._present = []

    def _begin(self, asked: Range) -> None:
        self.begun.append(asked)
        again = total([asked]) + total(self._present) - total(union([asked, *self._present]))
        if again:
            self.asked_again.append((asked, self._present))

    def _take(self, took: Range) -> None:
        if took[0] < took[1]:
            self.took.append(took)
            self._present = union([*self._present, took])
