"""Transfer learning: a new head on a frozen backbone's features, then fine-tuning of both."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from tqdm import tqdm

from train.architectures import classifier, efficientnet_lite0, mobilenet_v2
from train.batches import Batches, steps_per_epoch
from train.data.dataset import Dataset, Images
from train.keeper import Keeper, Progress, Weights
from train.precision import dtype_policy
from train.recipe import TransferRecipe
from train.weights import efficientnet_lite0 as lite0_weights
from train.weights import mobilenet_v2 as mobilenet_weights

_MID_GREY = np.full(3, 127, np.uint8)  # what both backbones take for zero


def start_network(
    dataset: Dataset, recipe: TransferRecipe, weights: str | None, seed: int, precision: str
) -> keras.Model:
    """The network to train: a new head on a backbone; DataError for weights that do not fit.

    ``weights`` are the backbone's: ``imagenet``, a file, or None where a checkpoint has them all.
    """
    keras.utils.set_random_seed(seed)
    with dtype_policy(precision):
        return _network(dataset, recipe, weights, recipe.dropout)


def transfer(
    model: keras.Model,
    dataset: Dataset,
    recipe: TransferRecipe,
    seed: int,
    progress: Progress,
    *,
    checkpoint: Path,
    on_best: Callable[[keras.Model], None],
    on_epoch: Callable[[], None],
    verbose: int | str = "auto",
) -> None:
    """Train the head, then fine-tune up to ``recipe.epochs``; or go on where ``progress`` ends.

    ``model`` comes from ``start_network``. The head's training counts as epoch 0.
    ``on_best`` gets the float32 network whenever the validation accuracy rises, ``on_epoch`` is
    called after each epoch, when ``progress`` and the checkpoint are up to date. KeyboardInterrupt
    passes through; what the last full epoch left stays.
    """
    keras.utils.set_random_seed(seed)
    exported = _network(dataset, recipe, None, 0)  # the same weights, for use

    def export(average: Weights) -> keras.Model:
        exported.set_weights(average)
        return exported

    _compile(model, recipe, recipe.epochs * steps_per_epoch(len(dataset.train), recipe))
    keeper = Keeper(progress, recipe.average_decay, dataset.validation, export, checkpoint, on_best)
    if progress.history:
        keeper.restore(model)
    else:
        keeper.on_epoch_begin(-1)
        logs = _train_head(model, dataset, recipe)
        keeper.set_model(model)
        keeper.on_epoch_end(-1, logs)
        print(f"head alone: {progress.best_accuracy:.2%} of the validation pictures", flush=True)
        on_epoch()
    model.fit(
        Batches(dataset, recipe, seed, progress.epoch, to_input=_raw, fill=_MID_GREY),
        initial_epoch=progress.epoch,
        epochs=recipe.epochs,
        callbacks=[
            keeper,
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, logs: _reseed(model, seed, epoch),
                on_epoch_end=lambda epoch, logs: on_epoch(),
            ),
        ],
        shuffle=False,  # Batches does it, by seed and epoch
        verbose=verbose,
    )


def _network(
    dataset: Dataset, recipe: TransferRecipe, weights: str | None, dropout: float
) -> keras.Model:
    """From raw pixels to probabilities; the backbone with ``weights``, or random ones for None."""
    shape = dataset.spec.height, dataset.spec.width, dataset.spec.channels
    if recipe.architecture == "mobilenet-v2":
        backbone = mobilenet_v2.build(shape, recipe.alpha)
        if weights is not None:
            mobilenet_weights.load(backbone, recipe.alpha, weights)
    else:
        backbone = efficientnet_lite0.build(shape)
        if weights is not None:
            lite0_weights.load(backbone, weights)
    return classifier.build(backbone, len(dataset.labels), dropout)


def _compile(model: keras.Model, recipe: TransferRecipe, steps: int) -> None:
    """Make the model ready for ``steps`` batches of fine-tuning."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False  # in Keras this also fixes its statistics
    warmup = max(1, round(recipe.warmup * steps))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=recipe.learning_rate, warmup_steps=warmup
    )
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, _loss(recipe), metrics=["accuracy"], jit_compile=False)


def _train_head(model: keras.Model, dataset: Dataset, recipe: TransferRecipe) -> dict[str, float]:
    """Train the layers behind the features, which are computed once; the last epoch's figures."""
    features, class_ids = _features(model, dataset.train, mirrored=recipe.flip)
    inputs = keras.Input(features.shape[1:])
    x = inputs
    behind = [layer.name for layer in model.layers].index("features") + 1
    for layer in model.layers[behind:]:
        x = layer(x)
    head = keras.Model(inputs, x)
    head.compile(keras.optimizers.Adam(recipe.head_rate), _loss(recipe), metrics=["accuracy"])
    targets = keras.utils.to_categorical(class_ids, len(dataset.labels))
    history = head.fit(
        features, targets, batch_size=recipe.batch_size, epochs=recipe.head_epochs, verbose=0
    ).history
    return {name: history[name][-1] for name in ("loss", "accuracy")}


def _features(
    model: keras.Model, images: Images, *, mirrored: bool
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The backbone's averaged features (n, c) with their classes (n,), of both sides if asked."""
    extractor = keras.Model(model.input, model.get_layer("features").output)
    parts = []
    sides = (slice(None), slice(None, None, -1)) if mirrored else (slice(None),)
    starts = [(side, start) for side in sides for start in range(0, len(images), 32)]
    for side, start in tqdm(starts, desc="features", unit="batch", disable=not sys.stderr.isatty()):
        pixels = images.pixels[start : start + 32, :, side]
        parts.append(np.asarray(extractor.predict_on_batch(_raw(pixels)), np.float32))
    return np.concatenate(parts), np.tile(images.class_ids, len(sides))


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Let seed and epoch alone decide the dropout, so that a resumed training is the same one."""
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.seed_generator.state.assign([seed, epoch])


def _loss(recipe: TransferRecipe) -> keras.losses.Loss:
    return keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)


def _raw(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels as the network takes them: it normalises them itself."""
    return pixels.astype(np.float32)
