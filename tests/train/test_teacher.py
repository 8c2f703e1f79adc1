"""train.teacher: answers asked once, the right pictures, and who may teach whom."""

from __future__ import annotations

import hashlib
import json
import shutil

import keras
import numpy as np
import pytest

from edge.errors import DataError
from tests.train.material import stop_after
from train.__main__ import main
from train.batches import Batches
from train.data.source import load
from train.predict import predict
from train.presets import PRESETS
from train.teacher import Lessons, Teacher, _in_bfloat16

COMPACT = [
    *("--preset", "smallest", "--widths", "8,8", "--epochs", "2", "--batch-size", "50"),
    *("--no-flip", "--precision", "float32"),
]


def test_each_batch_of_each_view_is_asked_for_once():
    asked = []

    def ask(pixels):
        asked.append(int(pixels[0, 0, 0, 0]))
        return np.full((len(pixels), 2), pixels[0, 0, 0, 0] / 8, np.float32)

    lessons = Lessons(ask, views=2)
    for epoch in range(5):
        for batch in range(2):
            view = lessons.view(epoch)
            pixels = np.full((3, 4, 4, 1), 2 * view + batch, np.uint8)
            answers = lessons.answers(view, batch, pixels)
            np.testing.assert_array_equal(answers, np.full((3, 2), (2 * view + batch) / 8))
            assert answers.dtype == np.float32
    assert asked == [0, 1, 2, 3]


def first_batch(batches):
    """Of the next epoch, which this begins."""
    inputs, targets = batches[0]
    batches.on_epoch_end()
    return inputs, targets


def test_a_taught_batch_has_the_teachers_answers_and_its_views_come_again(digits):
    dataset = load(str(digits), seed=0)
    recipe = PRESETS["digits"].changed({"fitting.batch_size": 20})

    def bright(pixels):
        return np.stack([pixels.mean(axis=(1, 2, 3)) / 255] * 10, axis=1).astype(np.float32)

    fill = np.zeros(1, np.uint8)
    batches = Batches(
        *(dataset, recipe, 0, 0), to_input=np.float32, fill=fill, lessons=Lessons(bright, views=2)
    )
    shown = [first_batch(batches) for _ in range(4)]
    for inputs, targets in shown:
        np.testing.assert_allclose(targets, bright(inputs), atol=1e-3)
    for a, b, again in ((0, 2, True), (1, 3, True), (0, 1, False)):
        assert np.array_equal(shown[a][0], shown[b][0]) is again


@pytest.fixture(scope="module")
def taught_run(digits, digits_run, tmp_path_factory):
    """The run folder of a small network that learned from ``digits_run``."""
    runs = tmp_path_factory.mktemp("taught") / "runs"
    options = ["--data", str(digits), "--runs", str(runs), *COMPACT, "--shift", "1"]
    assert main([*options, "--teacher", str(digits_run), "--teacher-views", "1"]) == 0
    (run,) = runs.iterdir()
    return run


def test_a_taught_run_states_its_teacher(taught_run, digits_run):
    record = json.loads((taught_run / "run.json").read_text())
    digest = hashlib.sha256((digits_run / "model.keras").read_bytes()).hexdigest()
    assert record["options"]["teacher"] == {
        "run": str(digits_run),
        "views": 1,
        "sha256": digest,
        "precision": "float32",
    }
    assert record["recipe"]["fitting"]["label_smoothing"] == 0
    first, last = record["progress"]["history"]
    assert last["loss"] < first["loss"]
    assert (
        f"It learned from the answers of {digits_run}" in (taught_run / "report.html").read_text()
    )


def test_a_taught_run_that_goes_on_ends_like_one_that_did_not_stop(
    digits, digits_run, taught_run, tmp_path, monkeypatch, capsys
):
    options = ["--data", str(digits), "--runs", str(tmp_path), *COMPACT, "--shift", "1"]
    options += ["--teacher", str(digits_run), "--teacher-views", "1"]
    with monkeypatch.context() as patched:
        stop_after(patched, 1)
        assert main(options) == 130
    (run,) = tmp_path.iterdir()
    assert main(["--resume", str(run)]) == 0
    assert f"taught by {digits_run}" in capsys.readouterr().out
    models = [keras.models.load_model(each / "model.keras") for each in (taught_run, run)]
    for whole, parts in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(whole, parts)


def named(run, **others):
    return {"run": str(run), "precision": "float32", **others}


def test_who_may_not_teach(digits, digits_run, tmp_path):
    with pytest.raises(DataError, match="learned from other pictures than this run, maybe those"):
        Teacher.open(named(digits_run)).check(load(str(digits), seed=1))
    with pytest.raises(
        DataError, match=r"model\.keras: has changed since the run began; put it back"
    ):
        Teacher.open(named(digits_run, sha256="another"))
    with pytest.raises(DataError, match=r"run\.json: cannot be read"):
        Teacher.open(named(tmp_path / "none"))
    run = shutil.copytree(digits_run, tmp_path / "run")
    (run / "model.keras").write_bytes(b"junk")
    with pytest.raises(
        DataError, match=r"model\.keras: cannot be read \(.*\); train it again"
    ) as bad:
        Teacher.open(named(run))
    assert "\n" not in str(bad.value)
    (run / "model.keras").unlink()
    with pytest.raises(DataError, match=r"model\.keras: no longer there, so its run cannot teach"):
        Teacher.open(named(run))
    (run / "run.json").write_text('{"format": 1}')
    with pytest.raises(DataError, match="not finished yet, so it cannot teach; go on with"):
        Teacher.open(named(run))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--teacher-views 3", "--teacher-views: means nothing without --teacher"),
        ("--teacher run --folds 2", "--teacher: has seen what --folds tests by"),
        ("--teacher run --preset photos --epochs 0", "--teacher: teaches nothing to a head alone"),
        ("--teacher run --teacher-views 0", "--teacher-views: must be 1 or more"),
    ],
)
def test_wrong_use_is_one_line(words, told, digits, capsys):
    assert main(["--data", str(digits), *words.split()]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {told}")


def test_the_faster_form_gives_nearly_the_same(digits, digits_run):
    model = keras.models.load_model(digits_run / "model.keras", compile=False)
    faster = _in_bfloat16(model)
    half = [layer.compute_dtype == "bfloat16" for layer in faster.layers]
    weighted = [place for place, layer in enumerate(faster.layers) if layer.weights]
    first, last = weighted[0], weighted[-1]
    assert all(half[first + 1 : last]) and not any(half[: first + 1] + half[last:])
    assert {weight.dtype for weight in faster.weights} == {"float32"}
    pixels = load(str(digits), seed=0).test.pixels
    np.testing.assert_allclose(predict(faster, pixels), predict(model, pixels), atol=0.05)
