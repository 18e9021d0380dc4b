"""Hits of a 16 MiB blob where all send by CUBIC."""

from __future__ import annotations

from scenarios.hit_large import HitLarge


class Hit16MCubic(HitLarge):
    name = "hit_16m_cubic"
    idea = "the same of a 16 MiB blob, all under CUBIC"
    size_mib = 16
    same_congestion = "cubic"


SCENARIO = Hit16MCubic
