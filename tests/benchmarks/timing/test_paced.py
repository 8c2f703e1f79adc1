"""benchmarks.timing.paced: frames come at their rate, and late readers lose some."""

from __future__ import annotations

import time

import numpy as np
import pytest

from benchmarks.timing.labelling import Labelling
from benchmarks.timing.paced import FramesAtRate, frame_age
from edge.classifier import Classifier


@pytest.fixture
def frames():
    return [np.full((48, 64, 3), value, np.uint8) for value in (0, 128, 255)]


def test_frames_come_at_their_rate(frames):
    source = FramesAtRate(frames, 50)
    start_s = time.monotonic()
    read = [source.read() for _ in range(11)]
    assert 0.19 < time.monotonic() - start_s < 1.0
    assert [frame.number for frame in read] == list(range(read[0].number, read[0].number + 11))
    assert np.array_equal(read[3].raw, read[0].raw)
    assert read[3].raw is not read[0].raw  # written anew, as a camera does


def test_a_late_reader_loses_frames(frames):
    source = FramesAtRate(frames, 100)
    first = source.read()
    time.sleep(0.1)
    late = source.read()
    assert late.number - first.number >= 9
    assert late.monotonic_s - first.monotonic_s >= 0.1


def test_ages_are_those_of_the_apps_capture(frames, photos_model):
    classifier = Classifier(photos_model)
    told = frame_age(classifier, Labelling(classifier), frames, 60, 30)
    assert told["frames"] == 30
    assert 0 < told["p50_ms"] <= told["p90_ms"] <= told["p99_ms"]
    assert told["dropped"] >= 0
