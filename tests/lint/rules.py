"""The rules of the tree as data: who may include whom, which file may see which library."""

from __future__ import annotations

from typing import NamedTuple

CODE_FOLDERS = ("cache", "metrics", "proxy", "setup", "tests", "bench")
MAX_LINES = 600

# The longest matching prefix names a file's layer. A layer may include itself and what is listed.
ARROWS: dict[str, tuple[str, ...]] = {
    "metrics": (),
    "cache/base": (),
    "cache/codec": ("cache/base",),
    "cache": ("cache/base", "cache/codec", "metrics"),
    "proxy/net": ("cache/base", "metrics"),
    "proxy/http": ("cache/base", "metrics", "proxy/net"),
    "proxy/oci": ("cache/base",),
    "proxy/page": ("cache/base",),
    "proxy/upstream": ("cache/base", "metrics", "proxy/net", "proxy/oci"),
    "setup": ("cache/base",),
    "proxy": (
        "cache/base",
        "cache/codec",
        "cache",
        "metrics",
        "proxy/net",
        "proxy/http",
        "proxy/oci",
        "proxy/page",
        "proxy/upstream",
    ),
    "proxy/cli": (
        "cache/base",
        "cache",
        "proxy",
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
    Fence(r"rocksdb/", ("cache/rocks_index*",)),
    Fence(r"prometheus/", ("metrics/exporter*",)),
    Fence(r"boost/", ("proxy/http/request_parser.cc",)),
    Fence(
        r"nlohmann/",
        ("proxy/*.cc", "proxy/cli/json.h", "setup/docker.cc", "tests/*.cc", "bench/*.cc"),
    ),
    Fence(r"yaml-cpp/", ("proxy/config*", "setup/k3s.cc")),
    Fence(r"toml\+\+/", ("setup/toml_text.cc",)),
    Fence(r"systemd/", ("proxy/net/service_manager.cc",)),
    Fence(r"zstd\.h|zdict\.h", ("cache/codec*", "bench/replay/trace.cc")),
    Fence(r"CLI/", ("proxy/main.cc", "proxy/command_line*", "proxy/cli/*.cc")),
    Fence(r"doctest/", ("*_test.cc", "tests/*")),
    Fence(r"benchmark/", ("bench/*",)),
)
