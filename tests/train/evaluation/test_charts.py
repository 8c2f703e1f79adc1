"""train.evaluation.charts: where lines, ticks and bars come to lie."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge.reliability import Reliability
from train.evaluation.charts import HEIGHT, WIDTH, line_chart, reliability_bars, unit_chart
from train.evaluation.history import training_charts


def test_a_line_fills_the_width_and_stays_between_its_ticks():
    chart = line_chart("Loss", [1, 2, 3], {"training": [4.0, 2.0, 1.0]}, from_0=True)
    dots = chart.lines[0].dots
    assert [x for x, _ in dots] == [0, WIDTH / 2, WIDTH]
    assert [tick.text for tick in chart.y_ticks][::4] == ["0", "4"]
    assert [y for _, y in dots] == pytest.approx([0, HEIGHT / 2, HEIGHT * 3 / 4])
    assert [tick.text for tick in chart.x_ticks] == ["1", "2", "3"]


def test_shares_end_at_100_percent():
    chart = line_chart("Accuracy", [1, 2], {"a": [0.62, 1.0]}, is_share=True)
    assert chart.y_ticks[-1].text == "100%" and chart.y_ticks[-1].at == 0


def test_a_constant_is_a_level_line():
    (line,) = line_chart("Rate", [1, 2, 3], {"": [0.1, 0.1, 0.1]}).lines
    heights = {y for _, y in line.dots}
    assert len(heights) == 1 and 0 < heights.pop() < HEIGHT


def test_unknown_values_are_left_out():
    (line,) = line_chart("Loss", [0, 1, 2], {"a": [math.nan, 2, 1], "b": [math.nan] * 3}).lines
    assert len(line.dots) == 2 and line.dots[0][0] == WIDTH / 2


def test_one_epoch_makes_no_line():
    assert line_chart("Loss", [1], {"a": [2.0]}) is None
    row = {"epoch": 1, "loss": 2.0, "accuracy": 0.1, "val_accuracy": 0.2}
    assert training_charts([row]) == training_charts([]) == []


def test_the_head_alone_bends_no_scale():
    rows = [
        {"epoch": e, "loss": loss, "accuracy": 0.5, "val_accuracy": 0.6, "seconds": 10.0 * (e + 1)}
        for e, loss in enumerate((99.0, 2.0, 1.0))
    ]
    accuracy, loss, seconds = training_charts(rows)
    assert [len(line.dots) for line in accuracy.lines] == [3, 2]
    assert len(loss.lines[0].dots) == 2
    assert float(loss.y_ticks[-1].text) < 3
    assert seconds.title == "Seconds an epoch" and len(seconds.lines[0].dots) == 3


def test_the_unit_square_keeps_its_corners():
    chart = unit_chart("found", "others", np.array([[0.0, 0.0], [1.0, 1.0]]), (0.0, 1.0))
    assert chart.lines[0].dots == ((0, HEIGHT), (WIDTH, 0))
    assert chart.chance == (HEIGHT, 0)


def test_bars_are_relative_to_the_fullest_bin():
    best = np.array([0.99, 0.99, 0.7], np.float32)
    values = Reliability.of(np.stack([best, 1 - best], axis=1), np.array([0, 1, 0]))
    bars = reliability_bars(values)
    assert bars.counts[-1] == 1 and sorted(bars.counts)[-2] == 0.5
    assert bars.accuracies[-1] == 0.5
