"""Small hits beside large work, the server on every core."""

from __future__ import annotations

from harness import cores
from scenarios.beside import Beside


class HitSmallBeside(Beside):
    name = "hit_small_beside"
    idea = "small hits alone, beside large hits, beside a fill: latency at a fixed rate, one server core"
    on = cores.FIRST


SCENARIO = HitSmallBeside
