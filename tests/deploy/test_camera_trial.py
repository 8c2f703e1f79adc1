from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from benchmarks.app import Labelled
from deploy.emulator import camera_trial
from deploy.emulator.camera_plan import FRAMES, SIZE
from deploy.emulator.camera_trial import alternating, settled_label, yuyv
from deploy.emulator.guest import REPOSITORY


def test_neighbours_among_the_played_pictures_have_other_labels():
    order = alternating(sorted((REPOSITORY / FRAMES).glob("*.jpg")))
    labels = [path.stem.partition("_")[2] for path in order]
    assert len(order) == len(set(order)) == 12
    assert all(one != next_one for one, next_one in pairwise(labels))


@pytest.mark.parametrize("height, width", [(240, 320), (320, 240), (100, 100), (479, 641)])
def test_the_middle_square_of_a_picture_is_that_of_the_frame(height: int, width: int):
    rows, columns = np.indices((height, width))
    planes = (columns * 255 // width, rows * 255 // height, np.full_like(rows, 90))
    picture = np.stack(planes, axis=2).astype(np.uint8)
    raw = np.frombuffer(yuyv(picture), np.uint8).reshape(SIZE[1], SIZE[0], 2)
    frame = cv2.cvtColor(raw, cv2.COLOR_YUV2BGR_YUY2)

    side, top, left = min(height, width), *((s - min(height, width)) // 2 for s in (height, width))
    square = picture[top : top + side, left : left + side]
    expected = cv2.resize(square, (480, 480), interpolation=cv2.INTER_AREA)
    shown = frame[:, 80:560]
    assert np.abs(shown.astype(int) - expected).mean() < 3
    # Beside it is grey.
    assert np.abs(frame[:, :70].astype(int) - 127).max() <= 3


class Decisions:
    """An app that gives one of ``labels`` more each time it is asked, and ends after the last."""

    def __init__(self, labels: list[str | None]) -> None:
        self._labels = labels
        self._given = 0

    @property
    def alive(self) -> bool:
        return self._given < len(self._labels)

    def decisions_since(self, arrived_s: float) -> list[Labelled]:
        self._given += 1
        return [
            Labelled(arrived_s, 5.0, number, label)
            for number, label in enumerate(self._labels[: self._given])
        ]


@pytest.mark.parametrize(
    "labels, expected",
    [
        pytest.param(["cat", "cat", "cat", "dog"], ("cat", 3), id="three alike settle it"),
        pytest.param(["cat", "dog", "dog", "dog"], ("dog", 4), id="what comes between does not"),
        pytest.param(["ship"] * 5 + ["cat"] * 3, ("cat", 8), id="the picture before is over first"),
        pytest.param([None, None, None], (None, 3), id="unknown is an answer"),
        pytest.param(["ship"] * 9, ("ship", 9), id="it stays with the picture before"),
        pytest.param(["cat", "cat"], ("ship", 2), id="two are too few"),
    ],
)
def test_a_label_settles(monkeypatch, labels, expected):
    monkeypatch.setattr(camera_trial, "_POLL_S", 0.0)
    assert settled_label(Decisions(labels), "ship") == expected


def test_a_picture_that_never_changes_anything_is_given_up(monkeypatch):
    monkeypatch.setattr(camera_trial, "_POLL_S", 0.0)
    label, count = settled_label(Decisions(["ship"] * 1000), "ship")
    assert label == "ship" and count < 100
