"""train.evaluation: the page says the numbers and shows its pictures."""

from __future__ import annotations

import json

import cv2
import numpy as np

from edge.preprocess import FrameToInput
from train.data.dataset import Dataset, Images
from train.evaluation.evaluation import evaluate
from train.evaluation.report import write_report
from train.keeper import Progress
from train.recipe import Recipe


def test_the_report_of_a_run_says_its_numbers(digits_run):
    report = (digits_run / "report.md").read_text()
    record = json.loads((digits_run / "run.json").read_text())
    result = record["results"]["float"]
    low, high = result["ci95"]
    assert f"# digits: {result['top1']:.2%} on held-out pictures" in report
    assert f"(95 % CI {low:.2%} to {high:.2%}, n = 397)" in report
    assert "1,260 training, 140 validation, 397 test pictures of 32x32; 10 classes" in report
    assert record["data"]["sha256"][:12] in report
    assert "2 epochs" in report and "float32, seed 0" in report
    progress = record["progress"]
    assert f"{progress['best_accuracy']:.2%} after epoch {progress['best_epoch']}" in report


def test_the_report_shows_pictures_that_are_there(digits_run):
    report = (digits_run / "report.md").read_text()
    for name in ("curve.png", "confusion.png", "worst.png"):
        assert f"]({name})" in report
        picture = cv2.imread(str(digits_run / name))
        assert min(picture.shape[:2]) > 150
        assert picture.std() > 10  # not an empty sheet


def classes(count, name):
    """A data set and an evaluation of ``count`` classes, two pictures each, all wrong but one."""
    class_ids = np.repeat(np.arange(count), 2)
    pixels = np.zeros((2 * count, 16, 16, 3), np.uint8)
    images = Images(pixels, class_ids, np.array([str(i) for i in range(2 * count)]))
    labels = tuple(f"{name} {i}" for i in range(count))
    scores = np.roll(np.eye(count, dtype=np.float32)[class_ids], 1, axis=1)
    scores[0] = np.eye(count)[0]
    dataset = Dataset("made", labels, images, images, images, FrameToInput(16, 16, 3), ("a: bad",))
    return dataset, evaluate(scores, images)


def write(tmp_path, count, name):
    dataset, evaluation = classes(count, name)
    row = {"epoch": 1, "loss": 2.0, "accuracy": 0.1, "val_accuracy": 0.2}
    progress = Progress(epoch=1, history=[row])
    options = {"precision": "float32", "seed": 0}
    write_report(tmp_path, dataset, Recipe(), options, progress, evaluation)
    return (tmp_path / "report.md").read_text("utf-8")


def test_weakest_classes_come_first_and_skipped_files_are_listed(tmp_path):
    report = write(tmp_path, 3, "é")
    rows = [line for line in report.splitlines() if line.startswith("| é")]
    assert rows == ["| é 1 | 2 | 2 | 0.0% |", "| é 2 | 2 | 2 | 0.0% |", "| é 0 | 2 | 2 | 50.0% |"]
    assert "- a: bad" in report


def test_labels_are_never_read_as_formulas(tmp_path):
    write(tmp_path, 2, r"10$ \frac and 20$")
    assert (tmp_path / "confusion.png").exists()


def test_hundreds_of_classes_fit_on_the_sheet(tmp_path):
    write(tmp_path, 300, "class")
    assert cv2.imread(str(tmp_path / "confusion.png")).shape[0] < 5000
