"""The pytest plug-in of all tests: a folder that goes away, servers that are always stopped, logs
upon failure.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.docker_registry import DockerRegistry
from support.longshore import Longshore
from support.sanitizers import no_reports
from support.scripted_upstream import ScriptedUpstream

__all__ = ["no_reports"]  # autouse
pytest_plugins = ("support.one_image",)
LOG_TAIL = 20_000
StartLongshore = Callable[..., Longshore]
FOLDER = pytest.StashKey[Path]()


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A short path (unix sockets stand in it), removed with all it holds."""
    path = Path(tempfile.mkdtemp(prefix="longshore-"))
    request.node.stash[FOLDER] = path
    yield path
    shutil.rmtree(path)


@pytest.fixture
def servers(folder: Path) -> Iterator[ExitStack]:
    """Whatever must be stopped at the end, in reverse order, and before the folder goes."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start_longshore(folder: Path, servers: ExitStack) -> StartLongshore:
    """Starts Longshore with the given upstreams and settings; see `Longshore`. `name` where there
    are several."""

    def start(
        upstreams: dict[str, Any], name: str = "longshore", **settings: Any
    ) -> Longshore:
        longshore = Longshore(folder / name, upstreams, **settings)
        servers.callback(longshore.stop)
        longshore.start()
        return longshore

    return start


@pytest.fixture
def docker_registry(folder: Path, servers: ExitStack) -> DockerRegistry:
    registry = DockerRegistry(folder / "registry")
    servers.callback(registry.stop)
    registry.start()
    return registry


@pytest.fixture
def upstream(servers: ExitStack) -> ScriptedUpstream:
    scripted = ScriptedUpstream()
    servers.callback(scripted.stop)
    return scripted


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed and FOLDER in item.stash:
        for log in sorted(item.stash[FOLDER].rglob("*.log")):
            if log.is_file() and log.parent.name != "index":
                report.sections.append((f"{log.name}", log.read_text(errors="replace")[-LOG_TAIL:]))
