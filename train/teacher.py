"""Learning from another network's answers instead of labels (knowledge distillation).

A large network's probabilities say of each picture how much it looks like every class; a small
one learns more from that than from the right class alone (G. Hinton et al., "Distilling the
Knowledge in a Neural Network", arXiv:1503.02531). Both see the same changed picture (L. Beyer et
al., "Knowledge distillation: A good teacher is patient and consistent", CVPR 2022,
arXiv:2106.05237). Each picture is changed in a fixed number of ways that come again and again, so
that the teacher, which takes far longer than the student, is asked once for each.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge.errors import DataError
from train.data.dataset import Dataset
from train.precision import precision_for
from train.recipe import KINDS
from train.run_folder import RunFolder

Answers = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


class Lessons:
    """A teacher's answers to changed pictures, each asked for once."""

    def __init__(self, ask: Answers, views: int) -> None:
        """``ask`` gives probabilities (n, classes) of pixels; each picture has ``views`` forms."""
        self._ask, self._views = ask, views
        self._known: dict[tuple[int, int], NDArray[np.float16]] = {}

    def view(self, epoch: int) -> int:
        """The forms of the pictures that ``epoch`` shows: as an epoch's number."""
        return epoch % self._views

    def answers(self, view: int, batch: int, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (n, classes) of a batch's changed ``pixels`` (n, height, width, channels).

        The same view and batch have to come with the same pixels.
        """
        key = (view, batch)
        if key not in self._known:
            self._known[key] = self._ask(pixels).astype(np.float16)
        return self._known[key].astype(np.float32)


@dataclass(frozen=True)
class Teacher:
    """A finished run's network."""

    run: RunFolder
    architecture: str

    @classmethod
    def of(cls, path: Path, dataset: Dataset) -> Teacher:
        """The run in ``path``; DataError when it cannot teach ``dataset``.

        It has to be of the same pictures in the same parts: else it may have learned by heart what
        its student is judged by.
        """
        run = RunFolder(path)
        record = run.read()
        if not record["finished"] or not run.model.exists():
            raise DataError(
                f"{path}: has no finished model to learn from; finish it with python -m train"
                f" --resume {shlex.quote(str(path))}, or name another run with --teacher"
            )
        if record["data"]["sha256"] != dataset.sha256:
            raise DataError(
                f"{path}: learned from other pictures than this run, maybe those that this one is"
                " judged by; name a run of the same --data, --seed, --size and shares"
            )
        return cls(run, record["recipe"]["architecture"])

    def sha256(self) -> str:
        """Which model it is."""
        return hashlib.sha256(self.run.model.read_bytes()).hexdigest()

    def lessons(self, views: int) -> Lessons:
        """Its answers, with ``views`` forms of each picture."""
        model = keras.models.load_model(self.run.model, compile=False)
        if precision_for(KINDS[self.architecture]) != "float32":
            model = _in_bfloat16(model)
        answer = tf.function(lambda pixels: model(pixels, training=False))
        return Lessons(lambda pixels: answer(tf.cast(pixels, tf.float32)).numpy(), views)


def _in_bfloat16(model: keras.Model) -> keras.Model:
    """The same network, faster: bfloat16 between the first layer of weights and the last."""
    weighted = [layer for layer in model.layers if layer.weights]
    # Pixels have more steps than bfloat16, and probabilities come of small differences.
    kept = {model.layers[0].name, weighted[0].name, weighted[-1].name, model.layers[-1].name}

    def copy(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if layer.name not in kept:
            config["dtype"] = "mixed_bfloat16"
        return type(layer).from_config(config)

    faster = keras.models.clone_model(model, clone_function=copy)
    faster.set_weights(model.get_weights())
    return faster
