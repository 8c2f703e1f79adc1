"""Shuffled, augmented batches for Keras."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import NDArray

from train.augment.changes import augment
from train.augment.policy import Flip, Policy
from train.data.dataset import Dataset
from train.recipe import AnyRecipe


class Batches(keras.utils.PyDataset):
    """Shuffled, augmented batches; the same seed and epoch give the same pictures."""

    def __init__(
        self,
        dataset: Dataset,
        recipe: AnyRecipe,
        seed: int,
        epoch: int,
        *,
        to_input: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
        fill: NDArray[np.uint8],
    ) -> None:
        """``to_input`` makes the network's input of pixels, ``fill`` is the erased colour."""
        super().__init__()
        self._images, self._classes = dataset.train, len(dataset.labels)
        self._recipe, self._seed = recipe, seed
        self._to_input, self._fill = to_input, fill
        self._start_epoch(epoch)

    def __len__(self) -> int:
        return steps_per_epoch(len(self._images), self._recipe)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Batch ``index``: inputs (n, height, width, channels), one-hot classes (n, classes)."""
        size = self._recipe.batch_size
        positions = self._order[index * size : (index + 1) * size]
        pixels = augment(
            self._images.pixels[positions],
            positions,
            _policy_of(self._recipe),
            self._seed,
            self._epoch,
            self._fill,
        )
        targets = keras.utils.to_categorical(self._images.class_ids[positions], self._classes)
        return self._to_input(pixels), targets

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self._start_epoch(self._epoch + 1)

    def _start_epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._images))


def steps_per_epoch(pictures: int, recipe: AnyRecipe) -> int:
    """Full batches an epoch; a data set smaller than one batch gives one, partly filled."""
    return max(1, pictures // recipe.batch_size)


def _policy_of(recipe: AnyRecipe) -> Policy:
    flip: Flip = "horizontal" if recipe.flip else "none"
    return Policy(flip=flip, shift=recipe.shift, erase=recipe.erase)
