"""The model's own checkers: each must refuse what it is there to refuse. No server."""

from __future__ import annotations

from random import Random

import pytest

from model.answers import Answer, BodyCheck, Head, WrongAnswerError, parse_head, right_answer
from model.plan import CHUNK, Mood, ReaderPlan, plan_round
from model.reader import Reader
from model.traffic import (
    LOST_BY_A_CUT,
    LOST_BY_A_KILL,
    Losses,
    Segments,
    check_calm,
    check_taken,
    check_wire,
    check_witnesses,
    union,
    wanted_bytes,
)
from model.wire import WireGet

DATA = bytes(range(256)) * 4
SIZE = len(DATA)
DIGEST = "sha256:ab"
BLOB = 100 * CHUNK


def head_of(status: int, **more: str) -> Head:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    about = {"docker-content-digest": DIGEST, "etag": f'"{DIGEST}"', "accept-ranges": "bytes"}
    return Head(status, {**about, **named})


def get(first: int, end: int, sent: int | None = None, status: int = 206) -> WireGet:
    moved = end - first if sent is None else sent
    return WireGet("d", first, end, True, status, moved)


# --- answers


@pytest.mark.parametrize(
    ("wanted", "status", "ranges"),
    [
        (None, 200, ((0, SIZE),)),
        ("bytes=0-0", 206, ((0, 1),)),
        ("bytes=5-", 206, ((5, SIZE),)),
        (f"bytes=5-{SIZE + 9}", 206, ((5, SIZE),)),
        ("bytes=-10", 206, ((SIZE - 10, SIZE),)),
        (f"bytes=-{SIZE + 9}", 206, ((0, SIZE),)),
        ("bytes=7-8,1-2", 206, ((7, 9), (1, 3))),
        (f"bytes={SIZE}-", 416, ()),
    ],
)
def test_a_range_means_what_rfc_9110_says(
    wanted: str | None, status: int, ranges: tuple[tuple[int, int], ...]
) -> None:
    assert right_answer(DATA, DIGEST, "GET", wanted) == Answer(DATA, DIGEST, status, ranges)


def test_a_right_head_passes_and_a_wrong_one_does_not() -> None:
    answer = right_answer(DATA, DIGEST, "GET", "bytes=5-9")
    right = {"content_range": f"bytes 5-9/{SIZE}", "content_length": "5"}
    answer.check_head(head_of(206, **right))
    wrong = [
        head_of(200, **right),
        head_of(206, **{**right, "content_range": f"bytes 5-10/{SIZE}"}),
        head_of(206, **{**right, "content_length": "6"}),
        head_of(206, **right, etag='"another"'),
        head_of(206, content_length="5"),
    ]
    for head in wrong:
        with pytest.raises(WrongAnswerError):
            answer.check_head(head)


def test_the_whole_is_right_for_a_range_only_if_it_is_passed_through() -> None:
    whole = head_of(200, content_length=str(SIZE))
    passed = head_of(200, content_length=str(SIZE), cache_status="longshore; fwd=bypass")

    def reader() -> Reader:
        answer = right_answer(DATA, DIGEST, "GET", "bytes=5-9")
        return Reader(ReaderPlan(0), answer, None, 0, lambda sent, seconds: None)

    with pytest.raises(WrongAnswerError):
        reader().take_head(passed)
    lenient = reader()
    lenient.passed_through = right_answer(DATA, DIGEST, "GET", None)
    with pytest.raises(WrongAnswerError):
        lenient.take_head(whole)
    assert not lenient.was_passed_through
    lenient.take_head(passed)
    assert lenient.was_passed_through
    assert lenient.answer.is_whole


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 1",
        b"HTTP/1.1 200 OK\r\nServer: x",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1",
    ],
)
def test_a_head_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(WrongAnswerError):
        parse_head(text)


def body_check(wanted: str | None, corrupted: bytes | None = None) -> BodyCheck:
    answer = right_answer(DATA, DIGEST, "GET", wanted)
    head = head_of(answer.status, content_type="multipart/byteranges; boundary=b")
    return BodyCheck(answer, head, corrupted)


def test_a_body_may_be_short_but_never_wrong_or_long() -> None:
    check = body_check("bytes=5-9")
    check.take(DATA[5:8])
    assert not check.is_complete
    with pytest.raises(WrongAnswerError):
        check.take(b"??")
    with pytest.raises(WrongAnswerError):
        check.take(DATA[8:11])
    check.take(DATA[8:10])
    assert check.is_complete


def test_a_multipart_body_is_checked_with_its_frame() -> None:
    def part(first: int, last: int) -> bytes:
        return (
            b"--b\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Range: bytes %d-%d/%d\r\n\r\n" % (first, last, SIZE)
        ) + DATA[first : last + 1]

    body = part(7, 8) + b"\r\n" + part(1, 2) + b"\r\n--b--\r\n"
    check = body_check("bytes=7-8,1-2")
    check.take(body)
    assert check.is_complete
    with pytest.raises(WrongAnswerError):
        body_check("bytes=7-8,1-2").take(body.replace(b"bytes 1-2", b"bytes 1-3"))


def test_corrupt_bytes_may_be_seen_but_no_reader_ends_with_all_of_them() -> None:
    corrupted = DATA[:3] + b"?" + DATA[4:]
    short = body_check(None, corrupted)
    short.take(corrupted[:-1])
    with pytest.raises(WrongAnswerError):
        short.take(corrupted[-1:])
    with pytest.raises(WrongAnswerError):
        body_check(None, corrupted).take(DATA[:9] + b"?")
    part = body_check("bytes=0-9", corrupted)
    part.take(corrupted[:10])
    assert part.is_complete
    assert part.is_wrong


# --- traffic


def test_a_union_joins_what_touches_and_knows_no_empty_range() -> None:
    assert union([(5, 9), (0, 2), (2, 4), (9, 9)]) == [(0, 4), (5, 9)]


def test_a_small_range_costs_its_chunk_and_a_range_of_nearly_all_may_cost_the_whole() -> None:
    assert wanted_bytes([(CHUNK + 5, CHUNK + 6)], BLOB) == [[(CHUNK, 2 * CHUNK)]]
    assert wanted_bytes([(0, 1)], CHUNK) == [[(0, CHUNK)], [(0, CHUNK)]]
    assert wanted_bytes([], 0) == [[], []]


def test_ranges_that_are_cut_from_one_another_are_calm() -> None:
    check_calm([get(0, BLOB)], [(0, BLOB)], BLOB)
    half, quarter = BLOB // 2, BLOB // 4
    cut = [
        get(half, BLOB),
        get(0, BLOB, half + 9),
        get(quarter, half),
        get(3 * quarter, BLOB),
    ]
    check_calm(cut, [(0, BLOB)], BLOB)


@pytest.mark.parametrize(
    "gets",
    [
        [get(0, BLOB), get(0, BLOB)],  # twice
        [get(0, BLOB), get(0, CHUNK)],  # a part again
        [get(0, BLOB), get(CHUNK, 2 * CHUNK)],  # from the middle, and nobody takes the rest
        [get(0, 2 * CHUNK), get(CHUNK, BLOB)],  # across
        [get(0, BLOB - CHUNK)],  # too little
        [get(CHUNK, BLOB), get(0, CHUNK, CHUNK - 1)],  # a byte was never sent
        [get(CHUNK, BLOB), get(0, CHUNK, CHUNK + 1)],  # a byte too many, and nothing was cut
    ],
)
def test_what_is_asked_twice_or_not_at_all_is_not_calm(gets: list[WireGet]) -> None:
    with pytest.raises(WrongAnswerError):
        check_calm(gets, [(0, BLOB)], BLOB)


def test_more_than_was_wanted_is_not_calm() -> None:
    with pytest.raises(WrongAnswerError):
        check_calm([get(0, 2 * CHUNK)], [(0, CHUNK)], BLOB)


def test_the_wire_may_carry_what_was_lost_and_no_more() -> None:
    half = BLOB // 2
    halves = [get(0, half), get(half, BLOB)]
    took = [(0, half), (half, BLOB)]
    check_wire(halves, took, BLOB, Losses())
    with pytest.raises(WrongAnswerError):
        check_wire([get(0, half, half + 1), get(half, BLOB)], took, BLOB, Losses())
    check_wire([*halves, get(0, half, status=503)], took, BLOB, Losses())
    check_wire([*halves, get(0, half)], took, BLOB, Losses())  # given up with all in the buffers
    lost = BLOB + LOST_BY_A_CUT
    check_wire([get(0, BLOB, lost)], [(0, half)], BLOB, Losses())
    with pytest.raises(WrongAnswerError):
        check_wire([get(0, BLOB, lost + 1)], [(0, half)], BLOB, Losses())
    all_of_it = [(0, BLOB)]
    check_wire([get(0, BLOB), get(0, BLOB)], all_of_it, BLOB, Losses(mismatches=1))
    ignored = get(CHUNK, BLOB, BLOB, status=200)
    check_wire([get(0, BLOB), ignored], all_of_it, BLOB, Losses())


Line = dict[str, object]


def begins(first: int, end: int) -> Line:
    return {"msg": "segment begins", "digest": "d", "begin": first, "bytes": end - first}


def ends(first: int, end: int) -> Line:
    return {"msg": "segment ends", "digest": "d", "begin": first, "received": end - first}


STARTED: Line = {"msg": "started"}
STOPPED: Line = {"msg": "stopped"}


def log(*lines: Line) -> Segments:
    return Segments([STARTED, *lines], "d")


def test_no_two_segments_take_the_same_byte_but_after_a_loss() -> None:
    took = [ends(0, CHUNK), ends(CHUNK, BLOB)]
    check_taken(log(*took), BLOB, Losses())
    again = [*took, ends(0, 1)]
    with pytest.raises(WrongAnswerError):
        check_taken(log(*again), BLOB, Losses())
    check_taken(log(*again), BLOB, Losses(kills=1))
    with pytest.raises(WrongAnswerError):
        check_taken(log(*took, ends(0, LOST_BY_A_KILL + 1)), BLOB, Losses(kills=1))
    with pytest.raises(WrongAnswerError):
        check_taken(log(ends(0, BLOB + 1)), BLOB, Losses())


def test_a_segment_asks_for_nothing_that_is_present() -> None:
    first, rest = [begins(0, BLOB), ends(0, CHUNK)], begins(CHUNK, BLOB)
    check_taken(log(*first, rest), BLOB, Losses())
    for again in (begins(CHUNK - 1, BLOB), begins(0, 1)):
        with pytest.raises(WrongAnswerError):
            check_taken(log(*first, again), BLOB, Losses())
        with pytest.raises(WrongAnswerError):
            check_taken(log(*first, STOPPED, STARTED, again), BLOB, Losses())
        check_taken(log(*first, STARTED, again), BLOB, Losses(kills=1))
        wrong: Line = {"msg": "a blob failed its proof", "digest": "d"}
        check_taken(log(*first, wrong, again), BLOB, Losses(mismatches=1))
    check_taken(Segments([*first, begins(0, 1)], "another"), BLOB, Losses())


def test_the_log_and_the_wire_say_the_same() -> None:
    gets = [get(5, 20, 4)]
    check_witnesses(log(begins(5, 20), ends(5, 9)), gets, Losses())
    for line in (ends(5, 10), ends(6, 9)):
        with pytest.raises(WrongAnswerError):
            check_witnesses(log(begins(5, 20), line), gets, Losses())
    with pytest.raises(WrongAnswerError):
        check_witnesses(log(begins(5, 19)), gets, Losses())
    check_witnesses(log(), gets, Losses(kills=1))


# --- plans


def test_a_seed_is_a_plan() -> None:
    assert plan_round(Random(5)) == plan_round(Random(5))


def test_a_calm_round_has_no_fault_and_nobody_leaves() -> None:
    plans = [plan_round(Random(seed)) for seed in range(40)]
    calm = [plan for plan in plans if plan.mood is Mood.CALM]
    assert calm
    for plan in calm:
        assert not any(blob.faults or blob.ignores_ranges for blob in plan.blobs)
        for wave in plan.waves:
            assert wave.death is None
            assert all(reader.leave_after is None for reader in wave.readers)
