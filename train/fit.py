"""The training itself: Keras' fit with augmented batches, a weight average and checkpoints."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge.arrays import read_arrays, write_arrays
from train.architectures import whitened
from train.architectures.whitened import Normalisation
from train.augment import augment
from train.data import Dataset, Images
from train.optimizer import average_decay, make_optimizer
from train.precision import dtype_policy
from train.recipe import Recipe

Weights = list[NDArray[np.float32]]

_LOST = "start a new run without --resume"
_WHITENING_SAMPLE = 5000  # pictures whose patches give the whitening kernels


@dataclass
class Progress:
    """How far a training has come; everything that --resume needs, and what the report shows."""

    epoch: int = 0  # epochs done
    seconds: float = 0.0  # spent in them
    best_accuracy: float = 0.0  # of the averaged weights on the validation pictures, 0 to 1
    best_epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)  # one row an epoch


class Batches(keras.utils.PyDataset):
    """Shuffled, augmented batches; the same seed and epoch give the same pictures."""

    def __init__(
        self,
        dataset: Dataset,
        normalisation: Normalisation,
        recipe: Recipe,
        seed: int,
        epoch: int,
    ) -> None:
        super().__init__()
        self._images, self._classes = dataset.train, len(dataset.labels)
        self._normalisation = normalisation
        self._recipe, self._seed = recipe, seed
        self._fill = normalisation.mean.astype(np.uint8)
        self._start_epoch(epoch)

    def __len__(self) -> int:
        return steps_per_epoch(len(self._images), self._recipe)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Batch ``index``: normalised pixels (n, height, width, channels), one-hot classes."""
        size = self._recipe.batch_size
        positions = self._order[index * size : (index + 1) * size]
        pixels = augment(
            self._images.pixels[positions],
            positions,
            self._recipe,
            self._seed,
            self._epoch,
            self._fill,
        )
        targets = keras.utils.to_categorical(self._images.class_ids[positions], self._classes)
        return self._normalisation(pixels), targets

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self._start_epoch(self._epoch + 1)

    def _start_epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._images))


def steps_per_epoch(pictures: int, recipe: Recipe) -> int:
    """Full batches an epoch; a data set smaller than one batch gives one, partly filled."""
    return max(1, pictures // recipe.batch_size)


class AverageAndCheckpoint(keras.callbacks.Callback):
    """Keeps the exponential average of all weights, judges and saves it after each epoch.

    The average includes the batch norms' moving statistics; so it needs no second pass over the
    data (as timm's model average does).
    """

    def __init__(
        self,
        progress: Progress,
        decay: float,
        validation: Images,
        export: Callable[[Weights], keras.Model],
        checkpoint: Path,
        on_best: Callable[[keras.Model], None],
    ) -> None:
        super().__init__()
        self.progress = progress
        self._decay, self._validation, self._export = decay, validation, export
        self._checkpoint, self._on_best = checkpoint, on_best
        self._average: list[tf.Variable] = []
        self._steps = 0
        self._started = 0.0

    def set_model(self, model: keras.Model) -> None:
        """Start the average at the model's weights, or where the checkpoint left it."""
        super().set_model(model)
        if not self._average:
            self._average = [tf.Variable(w) for w in model.weights]

    def restore(self, model: keras.Model) -> None:
        """Put the weights, the optimizer and the average back as the checkpoint has them."""
        state = read_arrays(self._checkpoint, ("steps",), _LOST)
        parts = {"weight": model.weights, "optimizer": model.optimizer.variables}
        for name, variables in parts.items():
            for index, variable in enumerate(variables):
                variable.assign(state[f"{name}{index}"])
        self._average = [tf.Variable(state[f"average{i}"]) for i in range(len(model.weights))]
        self._steps = int(state["steps"])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the new weights into the average; young averages forget faster."""
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        self._blend(tf.constant(decay, tf.float32))

    @tf.function
    def _blend(self, decay: tf.Tensor) -> None:
        for mean, weight in zip(self._average, self.model.weights, strict=True):
            mean.assign(decay * mean + (1 - decay) * tf.convert_to_tensor(weight))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Judge the average on the validation pictures; save the best and the state."""
        logs = logs if logs is not None else {}
        model = self._export([w.numpy() for w in self._average])
        scores = predict(model, self._validation.pixels)
        accuracy = float((scores.argmax(axis=1) == self._validation.class_ids).mean())
        logs["val_accuracy"] = accuracy
        progress = self.progress
        if accuracy >= progress.best_accuracy:
            progress.best_accuracy, progress.best_epoch = accuracy, epoch + 1
            self._on_best(model)
        progress.epoch = epoch + 1
        progress.seconds += time.monotonic() - self._started
        row = {"epoch": epoch + 1, "loss": float(logs["loss"]), "accuracy": float(logs["accuracy"])}
        progress.history.append({**row, "val_accuracy": accuracy, "seconds": progress.seconds})
        self._save()

    def _save(self) -> None:
        state = {f"weight{i}": w.numpy() for i, w in enumerate(self.model.weights)}
        state |= {f"average{i}": w.numpy() for i, w in enumerate(self._average)}
        state |= {f"optimizer{i}": v.numpy() for i, v in enumerate(self.model.optimizer.variables)}
        # In the same file, or a power cut between two files would part it from the weights.
        state |= {"steps": np.array(self._steps)}
        state |= {"progress": np.array(json.dumps(asdict(self.progress)))}
        write_arrays(self._checkpoint, state)


def read_progress(checkpoint: Path) -> Progress:
    """How far the training of ``checkpoint`` had come; DataError when it cannot be read."""
    state = read_arrays(checkpoint, ("progress",), _LOST)
    return Progress(**json.loads(str(state["progress"])))


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
    keeper = AverageAndCheckpoint(progress, decay, dataset.validation, export, checkpoint, on_best)
    if progress.epoch:
        keeper.restore(model)
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epoch())
    model.fit(
        Batches(dataset, normalisation, recipe, seed, progress.epoch),
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


def predict(model: keras.Model, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The float network's scores (n, classes) for pixels (n, height, width, channels)."""
    parts = [
        model.predict_on_batch(pixels[start : start + 500].astype(np.float32))
        for start in range(0, len(pixels), 500)
    ]
    return np.concatenate(parts)
