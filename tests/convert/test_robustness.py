"""convert.robustness: the int8 file under every fault, the same each time."""

from __future__ import annotations

import json
import re

import cv2
import numpy as np
import pytest

from convert.robustness import FAULTS, Robustness, Row, draw, measure
from convert.run import Run
from edge.classifier import Classifier
from edge.stats import Accuracy


@pytest.fixture(scope="module")
def test_part(photos_run):
    return Run.open(photos_run).pictures("test")


@pytest.fixture(scope="module")
def robustness(photos_model, test_part):
    return measure(Classifier(photos_model), test_part)


def two_faults():
    """Clean 9 of 10; a fault of two levels, and one of a single level."""
    rows = (
        Row("noise", "4", Accuracy(8, 10)),
        Row("noise", "8", Accuracy(4, 10)),
        Row("swapped", "", Accuracy(2, 10)),
    )
    return Robustness(Accuracy(9, 10), rows, seed=3)


def test_every_level_of_every_fault_is_measured_on_the_same_pictures(robustness, test_part):
    expected = [(f.name, f.written(level)) for f in FAULTS for level in f.levels]
    assert [(row.name, row.level) for row in robustness.rows] == expected
    assert {row.accuracy.n for row in robustness.rows} == {len(test_part)}


def test_a_file_that_tells_colours_suffers_where_colours_change(robustness):
    accuracy = {row.title: row.accuracy.top1 for row in robustness.rows}
    assert robustness.clean.top1 > 0.9
    # Red and blue are two of its three classes; a shift leaves a blurred noise what it is.
    assert accuracy["red and blue swapped"] < 0.5
    assert accuracy["shifted by 5%"] > 0.9


def test_the_same_seed_gives_the_same_figures(photos_model, test_part, robustness):
    assert measure(Classifier(photos_model), test_part) == robustness


def test_a_subset_is_of_the_size_that_was_asked_for(photos_model, test_part):
    few = measure(Classifier(photos_model), test_part, count=5, seed=1)
    assert few.clean.n == 5
    assert {row.accuracy.n for row in few.rows} == {5}


def test_grey_models_are_measured_too(digits_model, digits_run):
    part = Run.open(digits_run).pictures("test")
    found = measure(Classifier(digits_model), part, count=60)
    accuracy = {row.title: row.accuracy for row in found.rows}
    assert found.clean.top1 > 0.8
    assert accuracy["red and blue swapped"] == found.clean


def test_the_score_is_the_mean_over_faults_not_over_rows():
    assert two_faults().score == pytest.approx((0.6 + 0.2) / 2)


def test_the_card_gets_names_and_fractions():
    assert two_faults().to_json() == {
        "n": 10,
        "seed": 3,
        "clean": 0.9,
        "score": 0.4,
        "accuracy": {"noise 4": 0.8, "noise 8": 0.4, "swapped": 0.2},
    }


def test_the_real_record_is_small(robustness):
    assert len(json.dumps(robustness.to_json())) < 2000


def test_the_table_says_what_was_lost():
    lines = two_faults().table().splitlines()
    assert re.fullmatch(r"noise 8 +40\.0% +50\.0   16\.8% to 68\.7%", lines[3])
    assert lines[-1].split() == ["mean", "over", "the", "faults", "40.0%"]


def test_the_plot_is_a_png_with_a_dot_for_every_level():
    png = draw(two_faults())
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[0] > 100 and picture.shape[1] > 400
    assert draw(two_faults()) == png
    for colour in ("9ecae1", "4292c6"):
        bgr = np.array([int(colour[i : i + 2], 16) for i in (4, 2, 0)])
        assert (picture == bgr).all(axis=2).sum() > 20
