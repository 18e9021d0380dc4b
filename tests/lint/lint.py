"""Lints the tree it stands in: layers, fences, lengths, unfinished marks, sleeps, links between pages,
tests with threads, imports of the benches, clang-format, shellcheck.

Exit status 1 with every finding printed. With --fix-format it rewrites the C++ files instead.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import bench_imports
import checks
import links
import log_topics
import rules
import threads

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".cc", ".h", ".py", ".cmake", ".sh")
NAMES = ("CMakeLists.txt", "dev", "run")
SHELL_SCRIPTS = ("dev", ".ci/run")
CLANG_FORMAT = "clang-format-14"
CLANG_FORMAT_ERROR = re.compile(r"^(\S+?):(\d+):\d+: error: ", re.MULTILINE)


def source_files(root: Path) -> list[str]:
    """Every source file of the tree, as sorted paths from the root."""
    found = [root / name for name in ("CMakeLists.txt", *SHELL_SCRIPTS)]
    for folder in (*rules.CODE_FOLDERS, "cmake", "deploy"):
        found += [p for p in (root / folder).rglob("*") if p.suffix in SUFFIXES or p.name in NAMES]
    own = (p for p in found if p.is_file() and "node_modules" not in p.parts)
    return sorted(str(p.relative_to(root)) for p in own)


def pages(root: Path) -> list[str]:
    """Every Markdown file of the tree, likewise."""
    folders = (*rules.CODE_FOLDERS, "deploy", "docs")
    found = [*root.glob("*.md"), *(p for folder in folders for p in (root / folder).rglob("*.md"))]
    return sorted(str(p.relative_to(root)) for p in found if "node_modules" not in p.parts)


def cxx_files(root: Path) -> list[str]:
    return [path for path in source_files(root) if checks.is_cxx(path)]


def unformatted(root: Path) -> list[checks.Finding]:
    """The first line of each C++ file that clang-format would change."""
    files = cxx_files(root)
    if not files:
        return []
    check = subprocess.run(
        [CLANG_FORMAT, "--dry-run", "-Werror", *files],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
    )
    if check.returncode == 0:
        return []
    first_lines: dict[str, int] = {}
    for path, line in CLANG_FORMAT_ERROR.findall(check.stderr):
        first_lines.setdefault(path, int(line))
    if not first_lines:
        raise RuntimeError(f"{CLANG_FORMAT} failed: {check.stderr}")
    return [checks.Finding(path, line, "run ./dev format") for path, line in first_lines.items()]


def shell_scripts_are_right(root: Path) -> bool:
    return subprocess.run(["shellcheck", *SHELL_SCRIPTS], cwd=root, check=False).returncode == 0


def lint(root: Path) -> bool:
    """True when the tree is clean."""
    paths = source_files(root)
    findings = [f for path in paths for f in checks.check(path, (root / path).read_text("utf-8"))]
    findings += [finding for page in pages(root) for finding in links.check(root, page)]
    findings += log_topics.check(root, paths)
    findings += threads.check(root, paths)
    findings += bench_imports.check(root)
    findings += unformatted(root)
    for finding in findings:
        print(finding)
    print(f"lint: {len(paths)} files, {len(findings)} findings")
    return shell_scripts_are_right(root) and not findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--fix-format", action="store_true", help="rewrite the C++ files with clang-format"
    )
    if parser.parse_args().fix_format:
        return subprocess.run(
            [CLANG_FORMAT, "-i", *cxx_files(ROOT)], cwd=ROOT, check=False
        ).returncode
    return 0 if lint(ROOT) else 1


if __name__ == "__main__":
    sys.exit(main())
