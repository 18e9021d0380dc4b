"""Hits of a 16 MiB blob, each server with its own choice of congestion control."""

from __future__ import annotations

from scenarios.hit_large import HitLarge


class Hit16M(HitLarge):
    name = "hit_16m"
    idea = "hits of a 16 MiB blob over 1, 8, 64 connections, one server core"
    size_mib = 16


SCENARIO = Hit16M
