"""The training itself: Keras' fit with augmented batches, a weight average and checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from train.architectures import whitened
from train.architectures.whitened import Normalisation
from train.batches import Batches, steps_per_epoch
from train.data.dataset import Dataset
from train.keeper import Keeper, Progress, Weights
from train.optimizer import average_decay, make_optimizer
from train.precision import dtype_policy
from train.recipe import Recipe

_WHITENING_SAMPLE = 5000  # pictures whose patches give the whitening kernels


def fit(
    dataset: Dataset,
    recipe: Recipe,
    seed: int,
    precision: str,
    progress: Progress,
    *,
    checkpoint: Path,
    on_best: Callable[[keras.Model], None],
    on_epoch: Callable[[], None],
    verbose: int | str = "auto",
) -> None:
    """Train from ``progress.epoch`` (0: from scratch) to ``recipe.epochs``.

    ``on_best`` gets the float32 network whenever the validation accuracy rises, ``on_epoch`` is
    called after each epoch, when ``progress`` and the checkpoint are up to date. KeyboardInterrupt
    passes through; what the last full epoch left stays.
    """
    keras.utils.set_random_seed(seed)
    normalisation = Normalisation.of(dataset.train.pixels)
    model = _compiled(dataset, normalisation, recipe, seed, precision)

    def export(weights: Weights) -> keras.Model:
        return whitened.export(model, weights, normalisation)

    decay = average_decay(recipe)
    keeper = Keeper(progress, decay, dataset.validation, export, checkpoint, on_best)
    if progress.epoch:
        keeper.restore(model)
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epoch())
    model.fit(
        Batches(
            dataset,
            recipe,
            seed,
            progress.epoch,
            to_input=normalisation,
            fill=normalisation.mean.astype(np.uint8),
        ),
        initial_epoch=progress.epoch,
        epochs=recipe.epochs,
        callbacks=[keeper, told],
        shuffle=False,  # Batches does it, by seed and epoch
        verbose=verbose,
    )


def _compiled(
    dataset: Dataset, normalisation: Normalisation, recipe: Recipe, seed: int, precision: str
) -> keras.Model:
    """The network for training, initialised and with its optimizer."""
    pixels, spec = dataset.train.pixels, dataset.spec
    shape = spec.height, spec.width, spec.channels
    with dtype_policy(precision):
        model = whitened.build(shape, len(dataset.labels), recipe.widths, for_training=True)
    sample = np.random.default_rng(seed).permutation(len(pixels))[:_WHITENING_SAMPLE]
    whitened.initialise(model, normalisation(pixels[sample]), seed)
    optimizer = make_optimizer(recipe, recipe.epochs * steps_per_epoch(len(pixels), recipe))
    optimizer.build(model.trainable_variables)
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing
        ),
        metrics=["accuracy"],
        jit_compile=False,  # on a CPU, XLA's convolutions take 2.5 times as long as oneDNN's
    )
    return model
