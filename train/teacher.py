"""Learning from another network's answers instead of labels (knowledge distillation).

A large network's probabilities say of each picture how much it looks like every class; a small
one learns more from that than from the right class alone (G. Hinton et al., "Distilling the
Knowledge in a Neural Network", arXiv:1503.02531). Both see the same changed picture (L. Beyer et
al., "Knowledge distillation: A good teacher is patient and consistent", CVPR 2022,
arXiv:2106.05237), and of mixed pictures the student gets the mix of the answers. Each picture is
changed in a fixed number of ways that come again and again, so that the teacher, which takes far
longer than the student, is asked once for each.
"""

from __future__ import annotations

import hashlib
import shlex
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge.errors import DataError
from train.data.dataset import Dataset
from train.precision import precision_for
from train.recipe import KINDS
from train.run_folder import RunFolder

_BROKEN = (
    *(OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError),
    *(BadZipFile, zlib.error, tf.errors.OpError),
)

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


@dataclass(frozen=True, eq=False)
class Teacher:
    """A finished run's network."""

    run: Path
    model: keras.Model  # from pixels, 0 to 255, to probabilities
    sha256: str  # of the model's file
    data: str  # SHA-256 of the pictures that it learned from and was judged by
    precision: str  # that it answers in

    @classmethod
    def open(cls, named: Mapping[str, Any]) -> Teacher:
        """The teacher that a run's options name by ``run`` and ``precision``, if they do.

        Without a precision it is what suits network and processor. Raises DataError when there is
        no finished model, or another one than the options' ``sha256``.
        """
        run = RunFolder(Path(named["run"]))
        record = run.read()
        if not record.get("finished"):
            raise DataError(
                f"{run.path}: not finished yet, so it cannot teach; go on with python -m train"
                f" --resume {shlex.quote(str(run.path))}, or name another run with --teacher"
            )
        model, digest = _read(run.model)
        if named.get("sha256", digest) != digest:
            raise DataError(
                f"{run.model}: has changed since the run began; put it back, or start a new run"
                " without --resume"
            )
        kind = KINDS[record["recipe"]["architecture"]]
        precision = named.get("precision") or precision_for(kind)
        return cls(run.path, model, digest, record["data"]["sha256"], precision)

    def check(self, dataset: Dataset) -> None:
        """Raise DataError unless ``dataset`` is the same pictures in the same parts.

        Else the teacher may have learned by heart what its student is judged by.
        """
        if self.data != dataset.sha256:
            raise DataError(
                f"{self.run}: learned from other pictures than this run, maybe those that this one"
                " is judged by; name a run of the same --data, --seed, --size and shares"
            )

    def identity(self) -> dict[str, str]:
        """What a run states of it."""
        return {"run": str(self.run), "sha256": self.sha256, "precision": self.precision}

    def lessons(self, views: int) -> Lessons:
        """Its answers, with ``views`` forms of each picture."""
        model = self.model if self.precision == "float32" else _in_bfloat16(self.model)
        answer = tf.function(lambda pixels: model(pixels, training=False))
        return Lessons(lambda pixels: answer(tf.cast(pixels, tf.float32)).numpy(), views)


def _read(path: Path) -> tuple[keras.Model, str]:
    """A model and its file's SHA-256."""
    if not path.exists():
        raise DataError(
            f"{path}: no longer there, so its run cannot teach; train it again, or name another run"
            " with --teacher"
        )
    try:
        model = keras.models.load_model(path, compile=False)
        return model, hashlib.sha256(path.read_bytes()).hexdigest()
    except _BROKEN as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(
            f"{path}: cannot be read ({reason}); train it again, or name another run with --teacher"
        ) from error


def _in_bfloat16(model: keras.Model) -> keras.Model:
    """The same network, faster: bfloat16 between the first layer of weights and the last."""
    places = [place for place, layer in enumerate(model.layers) if layer.weights]
    # Pixels have more steps than bfloat16, and probabilities come of small differences.
    inner = {layer.name for layer in model.layers[places[0] + 1 : places[-1]]}

    def copy(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if layer.name in inner:
            config["dtype"] = "mixed_bfloat16"
        return type(layer).from_config(config)

    faster = keras.models.clone_model(model, clone_function=copy)
    faster.set_weights(model.get_weights())
    return faster
