"""Shuffled, augmented batches for Keras."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import NDArray

from train.augment.changes import augment
from train.augment.mixing import mix
from train.data.dataset import Dataset
from train.optimization.imbalance import batches_per_epoch, class_weights, epoch_positions
from train.recipe import Recipe
from train.teacher import Lessons

_MIXING = 1  # keeps its draws apart from all others of the same seed and epoch


class Batches(keras.utils.PyDataset):
    """Shuffled, augmented batches; the same seed and epoch give the same pictures."""

    def __init__(
        self,
        dataset: Dataset,
        recipe: Recipe,
        seed: int,
        epoch: int,
        *,
        to_input: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
        fill: NDArray[np.uint8],
        lessons: Lessons | None = None,
    ) -> None:
        """``to_input`` makes the network's input of pixels, ``fill`` is the erased colour.

        With ``lessons`` a teacher's answers are the targets, and its views come again and again.
        """
        super().__init__()
        self._images, self._classes = dataset.train, len(dataset.labels)
        self._recipe, self._seed = recipe, seed
        self._to_input, self._fill, self._lessons = to_input, fill, lessons
        self._weights = class_weights(dataset.train.class_ids, self._classes, recipe.balance.method)
        self._start_epoch(epoch)

    def __len__(self) -> int:
        return steps_per_epoch(self._images.class_ids, self._recipe)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], ...]:
        """Batch ``index``: inputs (n, height, width, channels), classes (n, classes), 0 to 1.

        A third array holds the pictures' weights (n,) where the classes have such. Keras asks for
        the next batch while the present one trains.
        """
        size = self._recipe.fitting.batch_size
        shown = self._order[index * size : (index + 1) * size]
        positions = shown % len(self._images)
        pixels = augment(
            self._images.pixels[positions],
            shown,  # a picture that is shown twice is changed in two ways
            self._recipe.augment,
            self._seed,
            self._view,
            self._fill,
        )
        if self._lessons is None:
            targets = keras.utils.to_categorical(self._images.class_ids[positions], self._classes)
        else:
            targets = self._lessons.answers(self._view, index, pixels)
        rng = np.random.default_rng([self._seed, self._epoch, index, _MIXING])
        inputs, targets = mix(self._to_input(pixels), targets, self._recipe.augment, rng)
        if self._weights is None:
            return inputs, targets
        return inputs, targets, targets @ self._weights

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self._start_epoch(self._epoch + 1)

    def _start_epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._view = epoch if self._lessons is None else self._lessons.view(epoch)
        self._order = epoch_positions(
            self._images.class_ids, self._recipe.balance.method, self._seed, self._view
        )


def steps_per_epoch(class_ids: NDArray[np.int64], recipe: Recipe) -> int:
    """Full batches an epoch; a data set smaller than one batch gives one, partly filled."""
    return batches_per_epoch(class_ids, recipe.balance.method, recipe.fitting.batch_size)
