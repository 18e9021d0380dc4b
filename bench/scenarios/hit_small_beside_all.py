"""Small hits beside large work, the server on every core."""

from __future__ import annotations

from harness import cores
from scenarios.beside import Beside


class HitSmallBesideAll(Beside):
    name = "hit_small_beside_all"
    idea = "the same with all cores, which the clients share"
    on = set(cores.ALL)


SCENARIO = HitSmallBesideAll
