"""Every test that tests/README.md names for a fault is there, and CI runs it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import fault_table

ROOT = Path(__file__).resolve().parents[2]
ROWS = fault_table.rows((ROOT / "tests/README.md").read_text("utf-8"))
NAMES = [name for row in ROWS for name in fault_table.tests_named(row)]
LEAST_ROWS = 60


def split(name: str) -> tuple[str, str]:
    """The file, and the test in it: "test_x.py::test_y" or "cache/x_test.cc: a sentence"."""
    separator = "::" if ".py::" in name else ": "
    file, _, test = name.partition(separator)
    return file, test


def test_each_row_has_all_its_cells_and_names_a_test() -> None:
    assert len(ROWS) >= LEAST_ROWS
    for row in ROWS:
        assert len(row) == fault_table.COLUMNS, row
        assert all(row), row
        assert fault_table.tests_named(row), row


def test_no_fault_stands_there_twice() -> None:
    faults = [row[0] for row in ROWS]
    assert len(set(faults)) == len(faults)


def test_each_integration_test_named_is_there() -> None:
    named = {name for name in NAMES if ".py::" in name}
    files = sorted({split(name)[0] for name in named})
    assert named - fault_table.collected(ROOT, files) == set()


def test_each_file_named_is_run_by_ci() -> None:
    files = {split(name)[0] for name in NAMES if ".py::" in name}
    assert files - fault_table.run_by_ci(ROOT) == set()


def test_each_unit_test_named_is_there() -> None:
    for name in NAMES:
        file, test = split(name)
        if file.endswith("_test.cc"):
            assert test in fault_table.unit_tests(ROOT / file), name
        else:
            assert ".py::" in name, f"neither pytest nor doctest: {name}"


def test_a_row_is_read_cell_by_cell() -> None:
    table = "| fault | test |\n|---|---|\n| it burns | `test_x.py::test_y[a b]`<br>`a_test.cc: b` |\n"
    (row,) = fault_table.rows(table)
    assert row[0] == "it burns"
    assert fault_table.tests_named(row) == ["test_x.py::test_y[a b]", "a_test.cc: b"]


def test_a_doctest_name_in_pieces_is_one_name(tmp_path: Path) -> None:
    source = tmp_path / "a_test.cc"
    source.write_text('TEST_CASE("plain") {}\nTEST_CASE(\n    "in "\n    "pieces") {}\n')
    assert fault_table.unit_tests(source) == {"plain", "in pieces"}
