"""Bytes that do not compress and are the same in every run."""

from __future__ import annotations

import random

KIB = 1 << 10
MIB = 1 << 20


def payload(size: int, seed: int = 1) -> bytes:
    """The first bytes of an endless sequence that belongs to the seed."""
    source = random.Random(seed)
    pieces = [source.randbytes(MIB) for _ in range(size // MIB)]
    return b"".join(pieces) + source.randbytes(size % MIB)
