"""Hits of a 256 MiB blob, each server with its own choice of congestion control."""

from __future__ import annotations

from scenarios.hit_large import HitLarge


class Hit256M(HitLarge):
    name = "hit_256m"
    idea = "hits of a 256 MiB blob over 1, 8, 64 connections, one server core"
    size_mib = 256


SCENARIO = Hit256M
