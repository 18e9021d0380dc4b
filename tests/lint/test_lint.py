"""The lint seen at work: every rule fails a bad sample and passes a good one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bench_imports
import checks
import links
import lint
import log_topics
import rules
import threads

REFUSED = [
    ("metrics/counter.h", '#include "cache/base/result.h"'),
    ("cache/base/disk.cc", '#include "metrics/counter.h"'),
    ("cache/base/disk.cc", '#include "cache/index/index.h"'),
    ("cache/cache.cc", '#include "proxy/config/config.h"'),
    ("proxy/net/listener.cc", '#include "proxy/http/message.h"'),
    ("proxy/http/message.cc", '#include "proxy/oci/route.h"'),
    ("proxy/oci/route.cc", '#include "metrics/counter.h"'),
    ("proxy/oci/route.cc", '#include "proxy/net/event_loop.h"'),
    ("proxy/upstream/token_source.cc", '#include "cache/cache.h"'),
    ("proxy/upstream/token_source.cc", '#include "proxy/http/message.h"'),
    ("proxy/net/listener.cc", '#include "cache/cache.h"'),
    ("proxy/server.cc", '#include "tests/support/fake_clock.h"'),
    ("proxy/server.cc", '#include "server.h"'),
    ("proxy/server.cc", "#include <event2/event.h>"),
    ("proxy/config/config.cc", "#include <openssl/evp.h>"),
    ("proxy/page/html.cc", '#include "proxy/config/config.h"'),
    ("proxy/server.cc", '#include "proxy/cli/table.h"'),
    ("proxy/cli/why.cc", "#include <curl/curl.h>"),
    ("proxy/net/tls.cc", "#include <curl/curl.h>"),
    ("cache/cache.cc", "#include <rocksdb/db.h>"),
    ("metrics/counter.h", "#include <prometheus/counter.h>"),
    ("proxy/http/range_header.cc", "#include <boost/beast/http.hpp>"),
    ("proxy/oci/manifest.h", "#include <nlohmann/json.hpp>"),
    ("cache/index/records.cc", "#include <nlohmann/json.hpp>"),
    ("proxy/server.cc", "#include <yaml-cpp/yaml.h>"),
    ("cache/cache.cc", "#include <zstd.h>"),
    ("proxy/upstream/curl_client.cc", "#include <zlib.h>"),
    ("proxy/config/config.cc", "#include <CLI/CLI.hpp>"),
    ("cache/cache.cc", "#include <doctest/doctest.h>"),
    ("cache/cache.cc", "// TO" + "DO: later"),
    ("cache/cache.cc", "int x;  // FIX" + "ME"),
    ("cache/cache_test.cc", "std::this_thread::sleep_for(1ms);"),
    ("tests/support/fake_disk.cc", "  usleep(10);"),
    ("proxy/net/tls_stream.cc", "  if (left.empty()) unsent_ = std::string();"),
    ("tests/integration/test_crash.py", "time" + ".sleep(1)"),
    ("cache/cache.cc", "int x;\n" * (rules.MAX_LINES + 1)),
]

PASSED = [
    (
        "cache/cache.cc",
        '#include "cache/base/result.h"\n#include "cache/store/budget.h"\n#include <vector>',
    ),
    ("cache/base/digest.cc", "#include <openssl/evp.h>"),
    (
        "cache/cache_test.cc",
        '#include <doctest/doctest.h>\n#include "tests/support/manual_executor.h"',
    ),
    ("proxy/upstream/curl_upstream.cc", "#include <curl/curl.h>\n#include <event2/event.h>"),
    ("proxy/upstream/transfer.h", '#include "proxy/http/fields.h"'),
    ("proxy/http/request_parser.cc", "#include <boost/beast/http.hpp>"),
    ("proxy/oci/manifest.cc", "#include <nlohmann/json.hpp>"),
    ("proxy/server.cc", '#include "proxy/http/message.h"\n#include "cache/cache.h"'),
    ("metrics/exporter.cc", "#include <prometheus/text_serializer.h>"),
    ("cache/base/thread_pool.cc", "std::this_thread::sleep_for(interval);"),
    ("cache/base/log.cc", "  std::string line = std::string();"),
    ("tests/support/wait.py", "time" + ".sleep(0.01)"),
    ("cache/cache.cc", "int x;\n" * rules.MAX_LINES),
]


@pytest.mark.parametrize(("path", "text"), REFUSED)
def test_a_bad_sample_is_refused(path: str, text: str) -> None:
    assert len(checks.check(path, text + "\n" if "\n" not in text else text)) == 1


@pytest.mark.parametrize(("path", "text"), PASSED)
def test_a_good_sample_passes(path: str, text: str) -> None:
    assert checks.check(path, text) == []


def test_a_finding_names_file_and_line() -> None:
    (finding,) = checks.check("cache/cache.cc", '#include <vector>\n#include "proxy/config/config.h"\n')
    assert str(finding).startswith("cache/cache.cc:2: cache may not include")


def make_tree(root: Path, source: str, script: str = "#!/bin/sh\ntrue\n") -> Path:
    (root / "cache").mkdir()
    (root / ".ci").mkdir()
    (root / "tests").mkdir()
    (root / "tests/CMakeLists.txt").write_text("../cache/known_test.cc")
    (root / "cache/cache.cc").write_text(source)
    (root / "dev").write_text(script)
    (root / ".ci/run").write_text("#!/bin/sh\ntrue\n")
    (root / "CMakeLists.txt").write_text("project(sample)\n")
    (root / ".clang-format").write_text((lint.ROOT / ".clang-format").read_text())
    return root


def test_a_clean_tree_passes(tmp_path: Path) -> None:
    assert lint.lint(make_tree(tmp_path, "int Size();\n"))


def test_a_badly_formatted_file_fails_the_tree(tmp_path: Path) -> None:
    assert not lint.lint(make_tree(tmp_path, "int   Size( ) ;\n"))


def test_a_finding_fails_the_tree(tmp_path: Path) -> None:
    assert not lint.lint(make_tree(tmp_path, '#include "proxy/config/config.h"\n'))


def test_a_wrong_shell_script_fails_the_tree(tmp_path: Path) -> None:
    assert not lint.lint(make_tree(tmp_path, "int Size();\n", "#!/bin/sh\ncd $1\n"))


LOGGING = """
  log::Warn(
      "fetch", "not sealed");
  log::Write(level, "access", "request");
  AppendNow(line, options, Level::kWarn, "log", "lines were lost");
  other::Info("nothing", "of the log");
"""
TOPICS = "| topic | about |\n|---|---|\n| `fetch`, `log` | blobs |\n| `access` | requests |\n"


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (TOPICS, []),
        (TOPICS.replace("`fetch`, ", ""), [("cache/cache.cc", 3)]),
        (TOPICS.replace("`access`", "`acces`"), [("cache/cache.cc", 4), ("docs/logs.md", 8)]),
    ],
)
def test_the_page_about_logs_explains_each_topic_and_no_other(
    tmp_path: Path, table: str, found: list[tuple[str, int]]
) -> None:
    root = make_tree(tmp_path, LOGGING)
    (root / "cache/cache_test.cc").write_text('log::Info("test", "of the tests");')
    (root / "docs").mkdir()
    (root / "docs/logs.md").write_text(f"# Logs\n\n## Topics\n\n{table}\n## More\n\n| `x` | y |\n")
    paths = ["cache/cache.cc", "cache/cache_test.cc"]
    findings = list(log_topics.check(root, paths))
    assert [(finding.path, finding.line) for finding in findings] == found


@pytest.mark.parametrize(
    ("path", "text", "is_told"),
    [
        ("cache/new_test.cc", "std::jthread reader(Read);\n", True),
        ("cache/new_test.cc", "ThreadPool pool(0);\n", False),
        ("cache/known_test.cc", "std::thread reader(Read);\n", False),
        ("cache/base/new_test.cc", "std::thread reader(Read);\n", False),
        ("cache/new.cc", "std::thread reader(Read);\n", False),
    ],
)
def test_a_test_that_starts_threads_is_run_with_thread_sanitizer(
    tmp_path: Path, path: str, text: str, is_told: bool
) -> None:
    root = make_tree(tmp_path, "int Size();\n")
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text)
    assert [finding.path for finding in threads.check(root, [path])] == [path] * is_told


@pytest.mark.parametrize(
    ("modules", "needed"), [('{"pytest": "p", "yaml": "p"}', []), ('{"yaml": "p"}', ["pytest"])]
)
def test_what_the_benches_import_is_what_they_install(
    tmp_path: Path, modules: str, needed: list[str]
) -> None:
    for path, text in {
        "bench/harness/packages.py": f"import os\n\nMODULES = {modules}\n",
        "bench/run": "from harness import packages\nfrom scenarios.herd import SCENARIO\n",
        "bench/scenarios/herd.py": "import yaml\nfrom support.reports import silence\n",
        "tests/support/reports.py": "from pytest import mark\n",
        "tests/support/other.py": "import jsonschema\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    findings = bench_imports.check(tmp_path)
    assert [finding.path for finding in findings] == ["tests/support/reports.py"] * len(needed)
    assert all(f"needs {name}:" in findings[0].message for name in needed)


LINKED = "# The page\n\n## What `it` says, twice\n"


@pytest.mark.parametrize(
    ("target", "is_there"),
    [
        ("there.md", True),
        ("there.md#what-it-says-twice", True),
        ("#here", True),
        ("sub/", True),
        ("https://registry.example/gone", True),
        ("gone.md", False),
        ("there.md#what-it-says", False),
        ("#there", False),
        ("../outside.md", False),
    ],
)
def test_a_link_leads_to_a_file_and_a_heading(tmp_path: Path, target: str, is_there: bool) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "outside.md").write_text("# Outside\n")
    (root / "there.md").write_text(LINKED)
    (root / "here.md").write_text(f"# Here\n\n`[not](a-link.md)`\n\n[text]({target})\n")
    found = list(links.check(root, "here.md"))
    assert [finding.line for finding in found] == ([] if is_there else [5])
