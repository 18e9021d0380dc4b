"""Hits of a 256 MiB blob where all send by CUBIC."""

from __future__ import annotations

from scenarios.hit_large import HitLarge


class Hit256MCubic(HitLarge):
    name = "hit_256m_cubic"
    idea = "the same of a 256 MiB blob, all under CUBIC"
    size_mib = 256
    same_congestion = "cubic"


SCENARIO = Hit256MCubic
