"""The first phase of transfer learning: a new head on the features of the frozen backbone."""

from __future__ import annotations

import sys

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from train.data.dataset import Dataset, Images
from train.network import TrainingNetwork
from train.optimization.imbalance import class_weights, epoch_positions
from train.optimization.losses import make_loss
from train.optimization.regularisation import reseed_dropout
from train.recipe import Recipe

_BATCH = 32  # pictures whose features are computed at once


def train_head(
    network: TrainingNetwork, dataset: Dataset, recipe: Recipe, seed: int
) -> dict[str, float]:
    """Train the layers behind the features, which are computed once; the last epoch's figures."""
    features, class_ids = features_of(network, dataset.train, mirrored=recipe.augment.mirrors)
    return train_on_features(network, features, class_ids, len(dataset.labels), recipe, seed)


def train_on_features(
    network: TrainingNetwork,
    features: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    classes: int,
    recipe: Recipe,
    seed: int,
) -> dict[str, float]:
    """Train the layers behind ``features`` (n, c) of ``class_ids`` (n,); the last figures."""
    assert recipe.head is not None
    method = recipe.balance.method
    targets = keras.utils.to_categorical(class_ids, classes)
    weights = class_weights(class_ids, classes, method)
    head = head_of(network.model)
    head.compile(
        keras.optimizers.Adam(recipe.head.learning_rate),
        make_loss(recipe, from_logits=network.from_logits),
        metrics=["accuracy"],
    )
    for epoch in range(recipe.head.epochs):
        reseed_dropout(head, seed, epoch)
        shown = epoch_positions(class_ids, method, seed, epoch) % len(class_ids)
        history = head.fit(
            features[shown],
            targets[shown],
            sample_weight=None if weights is None else weights[class_ids[shown]],
            batch_size=recipe.fitting.batch_size,
            shuffle=False,
            verbose=0,
        ).history
    return {name: history[name][-1] for name in ("loss", "accuracy")}


def head_of(model: keras.Model) -> keras.Model:
    """The end of ``model``, with its weights, from the features to the probabilities."""
    features = model.get_layer("features")
    inputs = keras.Input(features.output.shape[1:])
    x = inputs
    for layer in model.layers[model.layers.index(features) + 1 :]:
        x = layer(x)
    return keras.Model(inputs, x)


def features_of(
    network: TrainingNetwork, images: Images, *, mirrored: bool
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The backbone's averaged features (n, c) with their classes (n,), of both sides if asked."""
    model = network.model
    extractor = keras.Model(model.input, model.get_layer("features").output)
    parts = []
    sides = (slice(None), slice(None, None, -1)) if mirrored else (slice(None),)
    starts = [(side, start) for side in sides for start in range(0, len(images), _BATCH)]
    for side, start in tqdm(starts, desc="features", unit="batch", disable=not sys.stderr.isatty()):
        pixels = images.pixels[start : start + _BATCH, :, side]
        batch = extractor.predict_on_batch(network.to_input(pixels))
        parts.append(np.asarray(batch, np.float32))
    return np.concatenate(parts), np.tile(images.class_ids, len(sides))
