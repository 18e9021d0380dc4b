"""A Longshore in front of an upstream with one image, for tests that ask and tell it things. Part
of the plug-in.
"""

from __future__ import annotations

import pytest

from support.fixtures import StartLongshore
from support.longshore import Longshore, one_connection
from support.payload import MIB, payload
from support.scripted_upstream import Image, ScriptedUpstream

NAME = "library/app"
REF = "docker.io/library/app:latest"


@pytest.fixture
def image(upstream: ScriptedUpstream) -> Image:
    return upstream.repository(NAME).add_image(payload(2 * MIB), "latest")


@pytest.fixture
def longshore(
    image: Image, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> Longshore:
    # One connection a blob: what a held upstream has sent is then all that is present.
    return start_longshore({"docker.io": one_connection(upstream.url, official_prefix="library")})
