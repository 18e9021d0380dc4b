"""What bench/ imports, of itself and of tests/support: all of it comes with Python or is installed by
bench/harness/packages.py, so that a bench runs on a machine that has never run the tests.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from checks import Finding

ROOTS = ("bench", "tests")  # on sys.path, as bench/run puts them
PACKAGES = Path("bench/harness/packages.py")


def installed(root: Path) -> set[str]:
    """The keys of MODULES."""
    for node in ast.parse((root / PACKAGES).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MODULES":
            return set(ast.literal_eval(node.value))
    raise RuntimeError(f"{PACKAGES} has no MODULES")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name; of `from a import b` both a and a.b, which may be a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def own_file(root: Path, module: str) -> Path | None:
    candidates = (root / folder / (module.replace(".", "/") + ".py") for folder in ROOTS)
    return next((path for path in candidates if path.is_file()), None)


def reached(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Every import of bench/, and of what that imports of the tree: file, line, full name."""
    waiting = [root / "bench/run", *sorted((root / "bench").rglob("*.py"))]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        for line, module in imports(path):
            yield path, line, module
            file = own_file(root, module)
            if file and file not in seen:
                seen.add(file)
                waiting.append(file)


def check(root: Path) -> list[Finding]:
    if not (root / "bench").is_dir():
        return []
    own = {path.name for folder in ROOTS for path in (root / folder).iterdir() if path.is_dir()}
    known = installed(root) | sys.stdlib_module_names | own
    needed = {
        (str(path.relative_to(root)), line, module.partition(".")[0])
        for path, line, module in reached(root)
    }
    return [
        Finding(path, line, f"bench/ needs {name}: add its package to {PACKAGES}")
        for path, line, name in sorted(needed)
        if name not in known
    ]
