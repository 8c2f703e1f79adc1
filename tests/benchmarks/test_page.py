"""benchmarks.page: tables into pages, and what is wrong with them in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.marks import replaced
from benchmarks.page import PLACES, main
from edge.errors import DataError

REPOSITORY = Path(__file__).resolve().parents[2]
WEIGHT = {
    "format": 1,
    "command": "python benchmarks/install_weight.py",
    "board": {"cpu": "Cortex-A76", "cores": 4, "os": "Debian", "python": "3.13.5"},
    "variants": {"both runtimes": {"missing": "no network"}},
}


@pytest.fixture
def folders(tmp_path):
    """docs with both pages and results with nothing in it, as options."""
    docs, results = tmp_path / "docs", tmp_path / "results"
    docs.mkdir()
    results.mkdir()
    for place in PLACES:
        (docs / place.page).write_text((REPOSITORY / "docs" / place.page).read_text())
    return ["--docs", str(docs), "--results", str(results)]


def test_the_real_pages_have_a_place_for_the_tables(folders, tmp_path):
    assert main(folders) == 0
    for place in PLACES:
        assert "Not measured yet." in (tmp_path / "docs" / place.page).read_text()


def test_a_file_of_figures_becomes_a_table(folders, tmp_path, capsys):
    (tmp_path / "results" / "install_weight_aarch64.json").write_text(json.dumps(WEIGHT))
    for _ in range(2):  # filling a page again changes nothing
        assert main(folders) == 0
    text = (tmp_path / "docs" / "install-weight.md").read_text()
    assert text.count("both runtimes: not installed here. no network") == 1
    assert text.count("Figures: `install_weight_aarch64.json`.") == 1
    assert "install-weight.md: 1 files of figures" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["not JSON", "[]", '{"format": 2}'])
def test_a_file_that_is_no_figures_is_named(folders, tmp_path, capsys, content):
    (tmp_path / "results" / "peers_x86_64.json").write_text(content)
    assert main(folders) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "peers_x86_64.json: " in error


def test_a_page_that_is_missing_is_named(folders, tmp_path, capsys):
    (tmp_path / "docs" / "peers.md").unlink()
    assert main(folders) == 1
    assert "peers.md: no such page; name the folder" in capsys.readouterr().err


def test_marks_that_are_missing_are_named():
    with pytest.raises(DataError, match=r"x.md: needs the lines <!-- a: begin --> and"):
        replaced("text", "a", "table", "x.md")
