"""benchmarks/architectures.py: one row a network, from its real int8 file."""

from __future__ import annotations

from benchmarks.architectures import NETWORKS, main


def test_a_row_tells_what_the_digits_net_costs(capsys):
    assert main(["digits-cnn"]) == 0
    row = capsys.readouterr().out.splitlines()[-1].strip("| ").split(" | ")
    products = 28 * 28 * 9 * 32 + 14 * 14 * 9 * 32 * 64 + 7 * 7 * 9 * 64 * 64 + 576 * 64 + 640
    assert row[:4] == ["`digits-cnn`", "28x28x1", "93,322", f"{products:,}"]
    assert 93_322 < int(row[4].replace(",", "")) < 1.2 * 93_322  # a byte a weight, and the graph
    assert row[5:] == ["yes", "yes", "yes"]


def test_an_unknown_name_is_one_line(capsys):
    assert main(["resnet"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: resnet: no such network; known are dense, digits-cnn")
    assert line.endswith(", ".join(NETWORKS))
