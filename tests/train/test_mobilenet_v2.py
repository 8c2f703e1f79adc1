"""MobileNetV2: raw pixels in, and its weights from Keras' files."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from edge.errors import DataError
from train.architectures.mobilenet_v2 import ALPHAS, SMALLEST_SIDE, build
from train.weights.mobilenet_v2 import load

SHAPE = (32, 32, 3)


def pixels(count=2, side=32):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize("suffix", [".weights.h5", ".h5"])
def test_weights_of_keras_applications_give_its_features(suffix, mobilenet_weights, tmp_path):
    theirs = keras.applications.MobileNetV2(SHAPE, 0.35, include_top=False, weights=None)
    theirs.load_weights(mobilenet_weights)
    path = tmp_path / f"theirs{suffix}"
    if suffix == ".weights.h5":
        theirs.save_weights(path)
    else:
        write_legacy(path, theirs)
    ours = build(SHAPE, 0.35)
    load(ours, 0.35, str(path))
    expected = theirs.predict_on_batch(keras.applications.mobilenet_v2.preprocess_input(pixels()))
    assert expected.std() > 0.1
    assert ours.predict_on_batch(pixels()) == pytest.approx(expected, abs=1e-3)


def write_legacy(path, model):
    """The format of the files that keras.applications downloads."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def test_other_files_are_refused(mobilenet_weights, tmp_path):
    backbone = build(SHAPE, 0.5)
    with pytest.raises(DataError, match=r"not the weights of mobilenet-v2 at alpha 0\.5"):
        load(backbone, 0.5, str(mobilenet_weights))
    (tmp_path / "text.weights.h5").write_text("hello")
    with pytest.raises(DataError, match=r"text\.weights\.h5: not the weights of mobilenet-v2"):
        load(backbone, 0.5, str(tmp_path / "text.weights.h5"))
    (tmp_path / "weights.txt").write_text("hello")
    with pytest.raises(DataError, match=r"weights\.txt: not the weights of mobilenet-v2"):
        load(backbone, 0.5, str(tmp_path / "weights.txt"))
    with pytest.raises(DataError, match=r"gone\.h5: no such file"):
        load(backbone, 0.5, str(tmp_path / "gone.h5"))


def test_cut_files_are_refused(mobilenet_weights, tmp_path):
    whole = mobilenet_weights.read_bytes()
    backbone = build(SHAPE, 0.35)
    for share in (0, 0.5, 0.99):
        cut = tmp_path / "cut.weights.h5"
        cut.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(DataError, match=r"cut\.weights\.h5: not the weights of mobilenet-v2"):
            load(backbone, 0.35, str(cut))


def test_a_download_that_fails_is_one_line(monkeypatch):
    def fail(*_args, **_options):
        raise Exception("URL fetch failure")  # as keras.utils.get_file raises it

    backbone = build(SHAPE, 0.35)
    monkeypatch.setattr(keras.applications, "MobileNetV2", fail)
    with pytest.raises(
        DataError, match=r"^--weights imagenet: .*URL fetch failure.*--weights FILE"
    ):
        load(backbone, 0.35, "imagenet")


def test_smallest_side_is_the_smallest_that_builds():
    build((SMALLEST_SIDE, SMALLEST_SIDE, 3), min(ALPHAS))
    with pytest.raises(ValueError):
        build((SMALLEST_SIDE - 1, SMALLEST_SIDE - 1, 3), min(ALPHAS))


def test_the_weights_that_developers_have_load(shared_data):
    path = shared_data / "backbones" / "mobilenet_v2_0.35_224_notop.weights.h5"
    backbone = build((64, 64, 3), 0.35)
    load(backbone, 0.35, str(path))
    features = backbone.predict_on_batch(pixels(4, 64)).mean(axis=(1, 2))
    # Trained features are sparse, and differ between pictures.
    assert 0.2 < (features == 0).mean() < 0.99
    assert features.std(axis=0).max() > 0.01
