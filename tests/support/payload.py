"""Bytes that are the same in every run."""

from __future__ import annotations

import random

KIB = 1 << 10
MIB = 1 << 20


def payload(size: int, seed: int = 1) -> bytes:
    """The first bytes of an endless sequence that belongs to the seed; they do not compress."""
    source = random.Random(seed)
    pieces = [source.randbytes(MIB) for _ in range(size // MIB)]
    return b"".join(pieces) + source.randbytes(size % MIB)


def text(size: int, seed: int = 1) -> bytes:
    """The same of words, as in a file system that compresses to about a fifth."""
    source = random.Random(seed)
    words = [source.randbytes(source.randint(2, 5)).hex().encode() for _ in range(2000)]
    line = b" ".join(source.choices(words, k=20_000))
    pieces: list[bytes] = []
    length = 0
    while length < size:
        cut = source.randrange(len(line))
        piece = line[cut : cut + source.randint(20, 300)]
        pieces.append(piece)
        length += len(piece)
    return b"".join(pieces)[:size]
