"""The training itself: Keras' fit with augmented batches, a weight average and checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from train.batches import Batches, steps_per_epoch
from train.data.dataset import Dataset
from train.head import train_head
from train.interrupt import ctrl_c_between_batches
from train.keeper import Keeper, Progress
from train.network import TrainingNetwork
from train.optimization.losses import make_loss
from train.optimization.optimizers import ema_decay, make_optimizer
from train.optimization.regularisation import freeze_norms, penalise, reseed_dropout
from train.recipe import Recipe
from train.teacher import Lessons


def fit(
    network: TrainingNetwork,
    dataset: Dataset,
    recipe: Recipe,
    seed: int,
    progress: Progress,
    *,
    lessons: Lessons | None = None,
    checkpoint: Path,
    on_kept: Callable[[keras.Model], None],
    on_epoch: Callable[[], None],
    verbose: int | str = "auto",
) -> None:
    """Train from where ``progress`` ends (nowhere yet: from scratch) to the recipe's last epoch.

    ``network`` comes from ``start_network``. A backbone's head is trained first, alone and by the
    labels, and counts as epoch 0; ``lessons`` are for what follows. ``on_kept`` gets the float32
    network whenever the recipe keeps an epoch's, ``on_epoch`` is called after each epoch, when
    ``progress`` and the checkpoint are up to date. KeyboardInterrupt passes through; what the last
    full epoch left stays.
    """
    keras.utils.set_random_seed(seed)
    model, fitting = network.model, recipe.fitting
    _compile(network, dataset, recipe)
    keeper = Keeper(
        progress,
        dataset.validation,
        network.export,
        checkpoint,
        on_kept,
        decay=ema_decay(fitting),
        patience=fitting.patience,
        keep=fitting.keep,
    )
    if progress.history:
        keeper.restore(model)
    elif recipe.head:
        keeper.on_epoch_begin(-1)
        logs = train_head(network, dataset, recipe, seed)
        keeper.set_model(model)
        keeper.on_epoch_end(-1, logs)
        print(f"head alone: {progress.best_accuracy:.2%} of the validation pictures", flush=True)
        on_epoch()
    if keeper.is_patience_over():
        return
    with ctrl_c_between_batches() as stop:
        model.fit(
            Batches(
                dataset,
                recipe,
                seed,
                progress.epoch,
                to_input=network.to_input,
                fill=network.fill,
                lessons=lessons,
            ),
            initial_epoch=progress.epoch,
            epochs=fitting.epochs,
            callbacks=[
                keeper,
                stop,
                keras.callbacks.LambdaCallback(
                    on_epoch_begin=lambda epoch, logs: reseed_dropout(model, seed, epoch),
                    on_epoch_end=lambda epoch, logs: on_epoch(),
                ),
            ],
            shuffle=False,  # Batches does it, by seed and epoch
            verbose=verbose,
        )


def _compile(network: TrainingNetwork, dataset: Dataset, recipe: Recipe) -> None:
    """Make the network ready to train, for the steps that the recipe takes on ``dataset``."""
    model = network.model
    if recipe.head:
        freeze_norms(model)
    penalise(model, recipe.fitting.l1, recipe.fitting.l2)
    steps = recipe.fitting.epochs * steps_per_epoch(dataset.train.class_ids, recipe)
    model.compile(
        optimizer=make_optimizer(recipe.fitting, steps, model),
        loss=make_loss(recipe, from_logits=network.from_logits),
        metrics=["accuracy"],
        jit_compile=False,  # on a CPU, XLA's convolutions take 2.5 times as long as oneDNN's
    )
