"""The reports of each sanitizer are found: the tests of its binary could not fail otherwise."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.sanitizers import UNDEFINED, reports, written_to

# Each is a program that does one thing wrong, by what the report is called.
WRONG = {
    "heap-use-after-free": ("address,undefined", "int* p = new int(argc); delete p; return *p;"),
    "signed integer overflow": ("address,undefined", "int n = 0x7fffffff; n += argc; return n == 0;"),
    "detected memory leaks": ("address,undefined", "static char* p; p = new char[argc]; p = nullptr;"),
    "data race": (
        "thread",
        "int n = argc; std::thread t([&] { ++n; }); ++n; t.join(); return n == 0;",
    ),
}


@pytest.mark.parametrize("report", WRONG)
def test_a_report_is_found_and_the_program_fails(folder: Path, report: str) -> None:
    sanitizer, body = WRONG[report]
    source = folder / "wrong.cc"
    source.write_text(f"#include <thread>\nint main(int argc, char**) {{ {body} }}\n")
    program = folder / "wrong"
    flags = ["-g1", "-w", f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", "-pthread"]
    subprocess.run(["g++", *flags, str(source), "-o", str(program)], check=True)
    written = folder / "reports"
    written.mkdir()
    with written_to(written):
        done = subprocess.run([str(program)], check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert report in reports(written) + "".join(UNDEFINED.findall(done.stderr))
