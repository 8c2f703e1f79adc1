"""For all tests: a real tiny training and its int8 file, made once, and real data if there.

Nothing heavy is imported here: the device's tests run without the desktop's packages.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

# As both commands set them, before TensorFlow is loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

# A shell's background job ignores Ctrl-C, and hands that on to what the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

_REPOSITORY = Path(__file__).resolve().parents[1]

# Enough for digits in two epochs of a few seconds; the pictures are grey and must not be mirrored.
QUICK = [
    *("--architecture", "whitened"),
    *("--epochs", "2", "--batch-size", "50", "--widths", "16,32,32", "--learning-rate", "10"),
    *("--shift", "1", "--erase", "0", "--no-flip", "--precision", "float32"),
]

# The file alone; a net of two epochs may lose a little more than a good one.
QUICK_CONVERSION = ["--samples", "200", "--quick", "--max-drop", "5"]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real models, pictures and clips that developers keep beside the checkout."""
    folder = _REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is absent")
    return folder


@pytest.fixture(scope="session")
def quick() -> list[str]:
    """Options that make python -m train learn the digits in seconds."""
    return QUICK


@pytest.fixture(scope="session")
def quick_conversion() -> list[str]:
    """Options that make python -m convert.quantize convert and judge, and no more."""
    return QUICK_CONVERSION


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """scikit-learn's handwritten digits as digits.npz: 1,400 for training, 397 for the test."""
    datasets = pytest.importorskip("sklearn.datasets")
    from edge.preprocess import FrameToInput, to_pixels

    raw = datasets.load_digits()
    spec = FrameToInput(width=32, height=32, channels=1)
    small = np.minimum(raw.images * 16, 255).astype(np.uint8)
    pixels = np.stack([to_pixels(picture, spec) for picture in small])
    order = np.random.default_rng(0).permutation(len(pixels))
    train, test = order[:1400], order[1400:]
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez_compressed(
        path,
        x_train=pixels[train],
        y_train=raw.target[train],
        x_test=pixels[test],
        y_test=raw.target[test],
    )
    return path


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos, 40 of each class: blurred noise around red, green and blue."""
    import cv2

    folder = tmp_path_factory.mktemp("data") / "colours"
    rng = np.random.default_rng(0)
    for class_id, name in enumerate(("red", "green", "blue")):
        (folder / name).mkdir(parents=True)
        for number in range(40):
            noise = rng.integers(0, 120, (6, 8, 3))
            noise[:, :, class_id] += 110
            rgb = cv2.resize(noise.astype(np.uint8), (48, 40))
            cv2.imwrite(str(folder / name / f"{number:02}.png"), rgb[:, :, ::-1])
    return folder


@pytest.fixture(scope="session")
def digits_run(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of two epochs on the digits."""
    from train.__main__ import main

    runs = tmp_path_factory.mktemp("digits") / "runs"
    assert main(["--data", str(digits), "--runs", str(runs), *QUICK]) == 0
    (run,) = runs.iterdir()
    return run


@pytest.fixture(scope="session")
def photos_run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a few steps on the photos, in colour."""
    from train.__main__ import main

    runs = tmp_path_factory.mktemp("photos") / "runs"
    options = [*QUICK, "--epochs", "4", "--batch-size", "10", "--size", "32"]
    assert main(["--data", str(photos), "--runs", str(runs), *options]) == 0
    (run,) = runs.iterdir()
    return run


@pytest.fixture(scope="session")
def digits_model(digits_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The int8 file of the digits."""
    from convert.quantize import main

    path = tmp_path_factory.mktemp("digits") / "digits_int8.tflite"
    assert main(["--run", str(digits_run), "--output", str(path), *QUICK_CONVERSION]) == 0
    return path


@pytest.fixture(scope="session")
def photos_model(photos_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The int8 file of the photos."""
    from convert.quantize import main

    path = tmp_path_factory.mktemp("photos") / "photos_int8.tflite"
    assert main(["--run", str(photos_run), "--output", str(path), *QUICK_CONVERSION]) == 0
    return path
