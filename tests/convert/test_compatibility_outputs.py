"""One file, every interpreter: tf.lite, LiteRT and tflite-runtime, with XNNPACK and without."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.runtime import installed

pytest.importorskip("tensorflow")

_REPOSITORY = Path(__file__).resolve().parents[2]
_SHARED = _REPOSITORY.parent / "shared" / "data"
_KERNELS = ("AUTO", "BUILTIN_REF")
_MODULES = {
    "litert": "ai_edge_litert.interpreter",
    "tflite-runtime": "tflite_runtime.interpreter",
    "tf.lite": "tensorflow.lite.python.interpreter",
}


@pytest.fixture
def outputs_of(tmp_path):
    """Raw outputs int16 (n, classes) by (interpreter, kernels) of a file on pictures."""

    def outputs_of(model, pictures):
        np.save(tmp_path / "inputs.npy", pictures)
        found = {}
        for name, kernels in itertools.product([*installed(), "tf.lite"], _KERNELS):
            answer = tmp_path / "outputs.npy"
            script = Path(__file__).with_name("raw_outputs.py")
            files = [str(model), str(tmp_path / "inputs.npy"), str(answer)]
            subprocess.run(
                [sys.executable, str(script), *files, _MODULES[name], kernels],
                check=True,
                capture_output=True,
                env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
            )
            found[name, kernels] = np.load(answer).astype(np.int16)
        return found

    return outputs_of


def report(found):
    """Prints each pair's largest difference in output steps; returns the largest of all."""
    largest = 0
    for (one, left), (other, right) in itertools.combinations(found.items(), 2):
        apart = np.abs(left - right)
        agree = (left.argmax(axis=1) == right.argmax(axis=1)).mean()
        largest = max(largest, int(apart.max()))
        print(
            f"{one} and {other}, n = {len(left)}: {apart.max()} steps at most, "
            f"{(apart.max(axis=1) == 0).mean():.1%} equal, top-1 the same in {agree:.1%}"
        )
    return largest


def test_all_interpreters_agree_on_digits(digits_model, digits, outputs_of):
    with np.load(digits) as arrays:
        pictures = arrays["x_test"]
    found = outputs_of(digits_model, pictures.reshape(-1, 32, 32, 1))
    # One step is 1/256 of a score. Kernels round differently where a value lies between two steps.
    assert report(found) <= 8
    firsts = [outputs.argmax(axis=1) for outputs in found.values()]
    assert all((first == firsts[0]).mean() >= 0.99 for first in firsts)


@pytest.mark.skipif(not _SHARED.is_dir(), reason="../shared/data is absent")
def test_all_interpreters_agree_on_the_shipped_file(outputs_of):
    with np.load(_SHARED / "cifar10.npz") as arrays:
        pictures = arrays["x_test"][:20]
    found = outputs_of(_REPOSITORY / "models" / "cifar10_int8.tflite", pictures)
    assert report(found) <= 26  # a tenth of a score, as much as golden frames allow
