"""The status page in a real browser. Screenshots are looked at by people: with
LONGSHORE_SCREENSHOTS=docs they replace those in the documentation.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from support.admin import change, read
from support.behaviours import Hold, fail
from support.download import Download
from support.fixtures import StartLongshore
from support.longshore import Longshore, one_connection
from support.payload import KIB, MIB, payload
from support.process import SEALED_OFF
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

HERE = Path(__file__).parent
TIMEOUT_S = 240.0
APP = "docker.io/library/app:v2"
HOSTILE = "\"><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"


def browse(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", str(HERE / "browse.mjs")],
        input=json.dumps(steps),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        cwd=HERE,
        env={**os.environ, **SEALED_OFF},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def picture(folder: Path, name: str) -> str:
    kept = os.environ.get("LONGSHORE_SCREENSHOTS")
    return str((Path(kept) if kept else folder).resolve() / f"status-{name}.png")


def page(longshore: Longshore, query: str = "") -> str:
    return f"http://127.0.0.1:{longshore.admin_port}/{query}"


@pytest.fixture
def longshore(upstream: ScriptedUpstream, start_longshore: StartLongshore) -> Longshore:
    """With images of some repositories, pulled more than once, one of them pinned."""
    longshore = start_longshore(
        # One connection a blob: what a held upstream has sent is then all that is present.
        {
            "docker.io": one_connection(upstream.url),
            "quay.io": upstream.url,
        },
        region="fra1",
        cache={"size": "512MiB"},
        tag_ttl="1h",
    )
    seed = 1
    for name, tags in (("library/app", 3), ("library/base", 2), ("team/worker", 1)):
        for tag in range(1, tags + 1):
            image = upstream.repository(name).add_image(payload(tag * 3 * MIB, seed), f"v{tag}")
            seed += 1
            for _ in range(tags):
                longshore.client().manifest(name, f"v{tag}")
                longshore.until_hit(f"{name}/blobs/{image.layer_digest}")
    change(longshore, "pin", ref="library/base:v1")
    return longshore


def assert_is_well(seen: dict[str, Any], longshore: Longshore) -> None:
    assert seen["console"] == []
    assert seen["unnamed"] == []
    assert seen["overflow"] <= 0
    assert "default-src 'none'" in seen["policy"]
    origin = f"http://127.0.0.1:{longshore.admin_port}/"
    assert [url for url in seen["requests"] if not url.startswith((origin, "data:"))] == []


def test_it_tells_how_things_are_in_light_and_dark(folder: Path, longshore: Longshore) -> None:
    light, dark, narrow = browse(
        {"url": page(longshore), "screenshot": picture(folder, "light"), "tabs": True},
        {"url": page(longshore), "scheme": "dark", "screenshot": picture(folder, "dark")},
        {"url": page(longshore), "width": 390},
    )
    for seen in (light, dark, narrow):
        assert_is_well(seen, longshore)
        assert seen is narrow or seen["cut"] == [], "a table is wider than its card"
        for part in ("healthy", "fra1", "Hit ratio", "docker.io/library/app", "pinned", "85 %"):
            assert part in seen["text"], part
    assert light["background"] != dark["background"]
    names = [stop["name"] for stop in light["tabs"]]
    assert names[0] == "Skip to the images"
    for name in ("Search images", "Search", f"Pin {APP}", f"Purge {APP}"):
        assert name in names
    assert all(stop["outline"] != "none" for stop in light["tabs"])


def test_it_shows_what_is_filling(
    folder: Path, longshore: Longshore, upstream: ScriptedUpstream
) -> None:
    hold = Hold(at=5 * MIB)
    digest = upstream.repository("library/large").add_blob(payload(16 * MIB, 77))
    upstream.on("GET", digest, hold)
    download = Download(f"{longshore.url}/v2/library/large/blobs/{digest}", folder / "head")
    until(
        lambda: any(fill["present"] == 5 * MIB for fill in read(longshore, "fills")["fills"]),
        "5 MiB are there",
    )
    (seen,) = browse({"url": page(longshore), "screenshot": picture(folder, "filling")})
    assert_is_well(seen, longshore)
    assert "docker.io/library/large" in seen["text"]
    assert "5.0 MiB of 16.0 MiB" in seen["text"]
    hold.release()
    assert download.digest() == digest


def test_it_says_what_is_wrong(
    folder: Path, upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    longshore = start_longshore(
        {"docker.io": upstream.url, "quay.io": "http://127.0.0.1:9"},
        region="fra1",
        cache={"size": "64MiB", "compress": False},
    )
    repository = upstream.repository("library/app")
    for seed in range(12):
        blob = repository.add_blob(payload(5 * MIB, seed))
        longshore.until_hit(f"library/app/blobs/{blob}")
    repository.add_image(payload(100 * KIB), "v1")
    longshore.client().manifest("library/app", "v1")
    longshore.client(ns="quay.io").manifest("team/worker", "v1")
    upstream.on("", "", fail(503))
    for number in range(20):
        longshore.client().manifest("library/app", f"gone-{number}")
    (seen,) = browse({"url": page(longshore), "screenshot": picture(folder, "degraded")})
    assert_is_well(seen, longshore)
    assert seen["cut"] == []
    storage = read(longshore, "stats")["storage"]
    assert storage["used_bytes"] > 0.8 * storage["capacity_bytes"]
    assert "needs a look" in seen["text"]
    assert "Upstream docker.io kept failing and is left alone" in seen["text"]


def test_without_a_script_one_can_search_pin_and_purge(longshore: Longshore) -> None:
    searched, pinned, purged = browse(
        {
            "url": page(longshore),
            "script": False,
            "do": [{"fill": "Search images", "text": "worker"}, {"press": "Enter"}],
        },
        {"url": page(longshore), "script": False, "do": [{"click": f"Pin {APP}"}]},
        {
            "url": page(longshore),
            "script": False,
            "do": [{"click": "Purge docker.io/library/app:v3"}],
        },
    )
    assert "docker.io/team/worker:v1" in searched["text"]
    assert APP not in searched["text"]
    assert f"{APP} is pinned" in pinned["text"]
    assert "purged 1 tags" in purged["text"]
    assert {pin["reference"] for pin in read(longshore, "pins")["pins"]} >= {APP}
    tags = [image["tag"] for image in read(longshore, "ls", pattern="*/app:*")["images"]]
    assert tags == ["v1", "v2"]


def test_with_a_script_a_purge_asks_first_and_the_page_stays_fresh(longshore: Longshore) -> None:
    (seen,) = browse({"url": page(longshore), "do": [{"click": f"Purge {APP}"}]})
    assert seen["dialogs"] == [f"Purge {APP}?"]
    assert "purged 1 tags" in seen["text"]
    assert seen["console"] == []


def test_what_stands_in_the_address_is_only_text(longshore: Longshore) -> None:
    for parameter in ("q", "said"):
        (seen,) = browse({"url": page(longshore, f"?{parameter}={quote(HOSTILE)}")})
        assert seen["pwned"] is None
        assert seen["console"] == []
        assert seen["dialogs"] == []
