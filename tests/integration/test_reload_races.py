"""Everything the admin listener answers, and pulls, while the configuration is read again and
again: by signal and by request. Played on the release binary and on those of the
sanitizers.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from support.admin import ask, change, read
from support.longshore import Longshore
from support.one_image import NAME, REF
from support.reload import configure, reload
from support.scripted_upstream import Image, ScriptedUpstream

RELOADS = 25


def questions(longshore: Longshore, image: Image) -> list[Callable[[], int]]:
    """Each is asked over and over, on a thread of its own; the status of its answer."""
    client = longshore.client()
    return [
        lambda: longshore.admin("/").status,
        lambda: longshore.admin("/metrics").status,
        lambda: ask(longshore, "GET", "why", ref=REF).status,
        lambda: ask(longshore, "GET", "stats").status,
        lambda: ask(longshore, "GET", "fills").status,
        lambda: ask(longshore, "POST", "pin", ref=REF).status,
        lambda: ask(longshore, "POST", "reload").status,
        lambda: client.manifest(NAME, "latest").status,
        lambda: client.blob(NAME, image.layer_digest).status,
    ]


def settings(number: int, upstream: ScriptedUpstream) -> dict[str, object]:
    """Other ones each time, of all that a reload takes over."""
    return {
        "tag_ttl": f"{number % 3}s",
        "stale_if_error": f"{number + 1}h",
        "upstream_first_byte": f"{30 + number}s",
        "max_memory": f"{1024 + number}MiB",
        "max_fills": 100 + number,
        "log": {"level": "debug" if number % 2 else "info", "format": "json"},
        "upstreams": {
            "docker.io": {
                "url": upstream.url,
                "official_prefix": "library",
                "prefetch": bool(number % 2),
                "max_connections": 8 + number,
                "max_connections_per_blob": 1 + number % 4,
                "token_hosts": [f"auth{number}.example"],
            }
        },
    }


def test_answers_stay_right_while_the_configuration_changes(
    longshore: Longshore, image: Image, upstream: ScriptedUpstream
) -> None:
    asked = questions(longshore, image)
    over = False

    def over_and_over(question: Callable[[], int]) -> set[int]:
        seen = {question()}
        while not over:
            seen.add(question())
        return seen

    with ThreadPoolExecutor(len(asked)) as pool:
        running: list[Future[set[int]]] = [pool.submit(over_and_over, one) for one in asked]
        try:
            for number in range(RELOADS):
                configure(longshore, **settings(number, upstream))
                reload(longshore)
                change(longshore, "reload")
        finally:
            over = True
        assert [one.result() for one in running] == [{200}] * len(asked)
    assert change(longshore, "reload")["changed"] == []
    last = settings(RELOADS - 1, upstream)["upstreams"]["docker.io"]  # type: ignore[index]
    assert f"of {last['max_connections']}" in longshore.admin("/").body.decode()
    assert read(longshore, "why", ref=REF)["pinned"]
