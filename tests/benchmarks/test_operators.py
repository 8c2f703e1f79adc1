"""benchmarks/operators.py: cuts of a real file, and costs as by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("ai_edge_litert.schema_py_generated")
pytest.importorskip("flatbuffers")

from benchmarks.comparison.litert_operators import (
    by_operator,
    cut,
    interpreter,
    operators,
)
from benchmarks.operators import ask, main
from edge.errors import EdgeError

MODEL = Path(__file__).resolve().parents[2] / "models" / "cifar10_int8.tflite"


def test_a_cut_gives_what_its_last_operator_gives():
    data = MODEL.read_bytes()
    names = operators(data)
    assert (names[0], names[-2:]) == ("QUANTIZE", ["SOFTMAX", "QUANTIZE"])
    whole = interpreter(data).get_output_details()[0]
    last = interpreter(cut(data, len(names) - 1)).get_output_details()[0]
    assert (last["shape"].tolist(), last["dtype"]) == (whole["shape"].tolist(), whole["dtype"])
    (first,) = interpreter(cut(data, 0)).get_output_details()
    assert first["shape"].tolist() == [1, 32, 32, 3]


def test_an_operator_costs_what_it_adds():
    rows = by_operator(["CONV_2D", "ADD", "CONV_2D"], [1.0, 1.5, 3.5])
    assert rows == [("CONV_2D", 2, 3.0), ("ADD", 1, 0.5)]


def test_the_operators_of_the_shipped_file_are_asked_for():
    rows = ask(Path(sys.executable), "litert_operators", MODEL, 1)
    assert rows[0][0] == "CONV_2D"
    assert sum(count for _, count, _ in rows) == len(operators(MODEL.read_bytes()))


def test_a_script_that_fails_tells_its_last_word(tmp_path):
    with pytest.raises(EdgeError, match=r"litert_operators: ended with code 1 \(.*nowhere.tflite"):
        ask(Path(sys.executable), "litert_operators", tmp_path / "nowhere.tflite", 1)


def test_wrong_usage_is_one_line(capsys):
    assert main(["--rounds", "0"]) == 2
    assert capsys.readouterr().err == "error: --rounds: needs a number of 1 or more\n"


def test_a_script_that_takes_too_long_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.operators._LIMIT_S", 0.05)
    with pytest.raises(EdgeError, match=r"litert_operators: took more than 0.05 s; .*--rounds"):
        ask(Path(sys.executable), "litert_operators", MODEL, 100)
