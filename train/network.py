"""The network that a recipe names, ready to train, and the way to the one for use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError
from train.architectures import (
    classifier,
    compact,
    dense,
    efficientnet_lite0,
    mobilenet_v2,
    mobilenet_v3,
    plain,
    whitened,
)
from train.architectures.compact import CompactNet
from train.architectures.dense import DenseNet
from train.architectures.normalisation import Normalisation
from train.architectures.plain import PlainNet
from train.data.dataset import Dataset
from train.precision import dtype_policy
from train.recipe import Backbone, Recipe, WhitenedNet
from train.weights import efficientnet_lite0 as lite0_weights
from train.weights import mobilenet_v2 as v2_weights
from train.weights import mobilenet_v3 as v3_weights

Weights = list[NDArray[np.float32]]
Shape = tuple[int, int, int]  # height, width, channels

_WHITENING_SAMPLE = 5000  # pictures whose patches give the whitening kernels
_MID_GREY = 127  # what the backbones take for zero
_V3_SIZES = {f"mobilenet-v3-{size}": size for size in mobilenet_v3.SIZES}


@dataclass(frozen=True)
class TrainingNetwork:
    """A network in training."""

    model: keras.Model
    to_input: Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # of pixels, for the model
    fill: NDArray[np.uint8]  # (channels,), the colour of what is erased
    # From weights, in the model's order, to the float32 network from pixels to probabilities.
    export: Callable[[Weights], keras.Model]
    from_logits: bool  # whether the model gives logits; else probabilities


def start_network(
    dataset: Dataset, recipe: Recipe, weights: str | None, seed: int, precision: str
) -> TrainingNetwork:
    """The network to train; DataError for backbone weights that do not fit.

    ``weights`` are a backbone's: ``imagenet``, a file, or None where a checkpoint has them all.
    The same seed gives the same network.
    """
    keras.utils.set_random_seed(seed)
    shape = dataset.spec.height, dataset.spec.width, dataset.spec.channels
    classes, form = len(dataset.labels), recipe.network
    if isinstance(form, WhitenedNet):
        return _whitened(dataset.train.pixels, shape, classes, form, seed, precision)
    if isinstance(form, CompactNet):
        return _compact(dataset.train.pixels, shape, classes, form, precision)
    dropout = recipe.fitting.dropout
    if isinstance(form, PlainNet):
        with dtype_policy(precision):
            model = plain.build(shape, classes, form, dropout=dropout)
        exported = plain.build(shape, classes, form)
    elif isinstance(form, DenseNet):
        with dtype_policy(precision):
            model = dense.build(shape, classes, form, dropout=dropout)
        exported = dense.build(shape, classes, form)
    else:
        with dtype_policy(precision):
            backbone = _backbone(recipe.architecture, shape, form, weights)
            model = classifier.build(backbone, classes, dropout)
        exported = classifier.build(
            _backbone(recipe.architecture, shape, form, weights=None), classes
        )
    return _from_pixels(model, exported)


def check_pictures(dataset: Dataset, recipe: Recipe) -> None:
    """Raise DataError for pictures that the recipe's network cannot take."""
    spec, form = dataset.spec, recipe.network
    fewer = ""
    if isinstance(form, Backbone):
        needed, whom = mobilenet_v2.SMALLEST_SIDE, recipe.architecture
        if spec.channels != 3:
            raise DataError(
                f"{dataset.name}: grey pictures, but {recipe.architecture} learned from colour;"
                " give colour pictures, or --architecture whitened"
            )
    elif isinstance(form, DenseNet):
        return
    else:
        whom, fewer = f"{len(form.widths)} stages", ", or fewer --widths"
        if isinstance(form, PlainNet):
            needed = plain.smallest_side(form)
        elif isinstance(form, CompactNet):
            needed = compact.smallest_side(form)
        else:
            needed = whitened.smallest_side(len(form.widths))
    if min(spec.width, spec.height) < needed:
        raise DataError(
            f"{dataset.name}: {spec.width}x{spec.height} pixels are too few for {whom}; give"
            f" {needed} or more (--size){fewer}"
        )


def _whitened(
    pixels: NDArray[np.uint8],
    shape: Shape,
    classes: int,
    form: WhitenedNet,
    seed: int,
    precision: str,
) -> TrainingNetwork:
    normalisation = Normalisation.of(pixels)
    with dtype_policy(precision):
        model = whitened.build(shape, classes, form.widths, for_training=True)
    sample = np.random.default_rng(seed).permutation(len(pixels))[:_WHITENING_SAMPLE]
    whitened.initialise(model, normalisation(pixels[sample]), seed)
    exported = whitened.export(model, model.get_weights(), normalisation)

    def export(weights: Weights) -> keras.Model:
        # Always in the same network: each new one would be traced anew before it is judged.
        folded = whitened.export(model, weights, normalisation).get_weights()
        exported.set_weights(folded)
        return exported

    fill = normalisation.mean.astype(np.uint8)
    return TrainingNetwork(model, normalisation, fill, export, from_logits=True)


def _compact(
    pixels: NDArray[np.uint8], shape: Shape, classes: int, form: CompactNet, precision: str
) -> TrainingNetwork:
    normalisation = Normalisation.of(pixels)
    with dtype_policy(precision):
        model = compact.build(shape, classes, form, for_training=True)
    return TrainingNetwork(
        model,
        to_input=normalisation,
        fill=normalisation.mean.astype(np.uint8),
        export=lambda weights: compact.export(model, form, weights, normalisation),
        from_logits=True,
    )


def _from_pixels(model: keras.Model, exported: keras.Model) -> TrainingNetwork:
    """A network that normalises pixels itself; ``exported`` has the same weights, for use."""

    def export(weights: Weights) -> keras.Model:
        exported.set_weights(weights)
        return exported

    fill = np.full(model.input_shape[-1], _MID_GREY, np.uint8)
    return TrainingNetwork(model, _raw, fill, export, from_logits=False)


def _backbone(architecture: str, shape: Shape, form: Backbone, weights: str | None) -> keras.Model:
    """The backbone with ``weights``, or random ones for None."""
    if architecture == "mobilenet-v2":
        backbone = mobilenet_v2.build(shape, form.alpha)
        if weights is not None:
            v2_weights.load(backbone, form.alpha, weights)
    elif architecture == "efficientnet-lite0":
        backbone = efficientnet_lite0.build(shape)
        if weights is not None:
            lite0_weights.load(backbone, weights)
    else:
        size = _V3_SIZES[architecture]
        backbone = mobilenet_v3.build(shape, size, form.alpha)
        if weights is not None:
            v3_weights.load(backbone, size, form.alpha, weights)
    return backbone


def _raw(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels as the network takes them: it normalises them itself."""
    return pixels.astype(np.float32)
