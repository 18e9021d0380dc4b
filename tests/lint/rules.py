"""The rules of the tree as data: who may include whom, which file may see which library."""

from __future__ import annotations

from typing import NamedTuple

CODE_FOLDERS = ("cache", "metrics", "proxy", "setup", "tests", "bench")
MAX_LINES = 600

STORED = ("cache/base", "cache/codec", "cache/index", "cache/health", "cache/eviction", "cache/store")
CACHE = ("cache", *STORED, "cache/fill", "cache/upkeep")
TALK = ("metrics", "proxy/net", "proxy/http", "proxy/oci", "proxy/upstream")
PULLS = ("proxy/config", "proxy/fetch", "proxy/pull")

# The longest matching prefix names a file's layer. A layer may include itself and what is listed.
ARROWS: dict[str, tuple[str, ...]] = {
    "metrics": (),
    "cache/base": (),
    "cache/codec": ("cache/base",),
    "cache/index": ("cache/base",),
    "cache/health": ("cache/base",),
    "cache/eviction": ("cache/base", "cache/index", "cache/health"),
    "cache/store": STORED,
    "cache/fill": STORED,
    "cache/upkeep": (*STORED, "cache/fill"),
    "cache": CACHE,
    "proxy/net": ("cache/base", "metrics"),
    "proxy/http": ("cache/base", "metrics", "proxy/net"),
    "proxy/oci": ("cache/base",),
    "proxy/page": ("cache/base",),
    "proxy/upstream": ("cache/base", "metrics", "proxy/net", "proxy/oci"),
    "setup": ("cache/base",),
    "proxy/config": ("cache/base", "cache/index", "proxy/net", "proxy/oci", "proxy/upstream"),
    "proxy/fetch": (*CACHE, *TALK),
    "proxy/pull": (*CACHE, *TALK, "proxy/config", "proxy/fetch"),
    "proxy/admin": (*CACHE, *TALK, "proxy/config", "proxy/fetch", "proxy/page"),
    "proxy": (*CACHE, *TALK, *PULLS, "proxy/admin"),
    "proxy/cli": (
        "cache/base",
        "cache/store",
        "proxy/config",
        "proxy/oci",
        "proxy/page",
        "proxy/upstream",
        "setup",
    ),
    "tests": ("*",),
    "bench": ("*",),
}

# Single headers that a layer may include although it may not include their folder: header fields
# are the vocabulary of HTTP on both sides.
VOCABULARY: dict[str, tuple[str, ...]] = {
    "proxy/upstream": ("proxy/http/fields.h",),
    "proxy/admin": ("proxy/version.h",),
    # The command line lists the subcommands, which stand above the rest of the proxy.
    "proxy": ("proxy/cli/subcommand.h",),
}

# A layer's own unit tests may also use the fakes that stand here.
TEST_SUPPORT = "tests/support/"


class Fence(NamedTuple):
    """A library that only the files matching one of `allowed` (fnmatch patterns) may include."""

    header: str  # a regular expression matched at the start of the include's path
    allowed: tuple[str, ...]


FENCES: tuple[Fence, ...] = (
    Fence(r"event2/", ("proxy/net/*", "proxy/upstream/curl_*")),
    Fence(r"openssl/", ("proxy/net/*", "cache/base/digest*", "tests/support/self_signed.cc")),
    Fence(r"curl/", ("proxy/upstream/*",)),
    Fence(r"rocksdb/", ("cache/index/rocks_index*",)),
    Fence(r"prometheus/", ("metrics/exporter*",)),
    Fence(r"boost/", ("proxy/http/request_parser.cc",)),
    Fence(
        r"nlohmann/",
        ("proxy/*.cc", "proxy/cli/json.h", "setup/docker.cc", "tests/*.cc", "bench/*.cc"),
    ),
    Fence(r"yaml-cpp/", ("proxy/config/config*", "setup/k3s.cc")),
    Fence(r"toml\+\+/", ("setup/toml_text.cc",)),
    Fence(r"systemd/", ("proxy/net/service_manager.cc",)),
    Fence(
        r"zstd\.h|zdict\.h",
        ("cache/codec*", "proxy/upstream/content_decoder*", "bench/replay/trace.cc"),
    ),
    Fence(r"zlib\.h", ("proxy/upstream/content_decoder*",)),
    Fence(r"CLI/", ("proxy/main.cc", "proxy/command_line*", "proxy/cli/*.cc")),
    Fence(r"doctest/", ("*_test.cc", "tests/*")),
    Fence(r"benchmark/", ("bench/*",)),
)
