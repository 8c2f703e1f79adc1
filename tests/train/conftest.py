"""Backbone weights that no one trained, for tests of what surrounds them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mobilenet_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights for MobileNetV2 at alpha 0.35, with norms that fit them."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    core = keras.applications.MobileNetV2((32, 32, 3), 0.35, include_top=False, weights=None)
    for layer in core.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # one batch decides the statistics, or features would vanish
    core(np.random.default_rng(0).uniform(-1, 1, (64, 32, 32, 3)), training=True)
    path = tmp_path_factory.mktemp("weights") / "random.weights.h5"
    core.save_weights(path)
    return path
