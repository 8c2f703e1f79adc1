"""What a training keeps: the average of its weights, an epoch's of them, and a checkpoint."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edge.arrays import read_arrays, write_arrays
from edge.errors import DataError
from train.data.dataset import Images
from train.network import Weights
from train.predict import predict
from train.recipe import Keep

_LOST = "start a new run without --resume"


@dataclass
class Progress:
    """How far a training has come; everything that --resume needs, and what the report shows."""

    epoch: int = 0  # epochs done
    seconds: float = 0.0  # spent in them
    cpu_seconds: float = 0.0  # of all cores together
    best_accuracy: float = 0.0  # of the kept weights on the validation pictures, 0 to 1
    best_epoch: int = 0  # whose weights are kept
    history: list[dict[str, float]] = field(default_factory=list)  # one row an epoch


class Keeper(keras.callbacks.Callback):
    """Keeps the exponential average of all weights, judges and saves it after each epoch.

    The average includes the batch norms' moving statistics; so it needs no second pass over the
    data (as timm's model average does).
    """

    def __init__(
        self,
        progress: Progress,
        validation: Images,
        export: Callable[[Weights], keras.Model],
        checkpoint: Path,
        on_kept: Callable[[keras.Model], None],
        *,
        decay: float,
        patience: int,
        keep: Keep,
    ) -> None:
        """``decay`` of the average, per step; ``patience`` in epochs, 0 for no early end.

        ``on_kept`` gets the network whenever ``keep`` takes an epoch's weights.
        """
        super().__init__()
        self.progress = progress
        self._validation, self._export = validation, export
        self._checkpoint, self._on_kept = checkpoint, on_kept
        self._decay, self._patience, self._keep = decay, patience, keep
        self._average: list[tf.Variable] = []
        self._steps = 0
        self._started, self._cpu_started = 0.0, 0.0

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
        """Start the clocks."""
        self._started, self._cpu_started = time.monotonic(), time.process_time()

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
        if not math.isfinite(logs["loss"]):
            raise DataError(
                f"{self._checkpoint.parent}: the loss is no longer a number; start again with a"
                " lower --learning-rate, and with less of --l1, --l2 and --weight-decay if given"
            )
        model = self._export([w.numpy() for w in self._average])
        scores = predict(model, self._validation.pixels)
        accuracy = float((scores.argmax(axis=1) == self._validation.class_ids).mean())
        logs["val_accuracy"] = accuracy
        progress = self.progress
        if self._is_kept(accuracy):
            progress.best_accuracy, progress.best_epoch = accuracy, epoch + 1
            self._on_kept(model)
        progress.epoch = epoch + 1
        progress.seconds += time.monotonic() - self._started
        progress.cpu_seconds += time.process_time() - self._cpu_started
        progress.history.append(
            {
                "epoch": epoch + 1,
                "loss": float(logs["loss"]),
                "accuracy": float(logs["accuracy"]),
                "val_accuracy": accuracy,
                "seconds": progress.seconds,
                "cpu_seconds": progress.cpu_seconds,
            }
        )
        self._save()
        if self.is_patience_over():
            self.model.stop_training = True

    def _is_kept(self, accuracy: float) -> bool:
        """Whether an epoch of this validation accuracy replaces the one that is kept."""
        if self._keep == "best" or not self.progress.history:
            return accuracy >= self.progress.best_accuracy
        # Among few pictures chance decides much of which epoch looks best.
        best = max(row["val_accuracy"] for row in self.progress.history)
        return accuracy >= best - standard_error(best, len(self._validation))

    def is_patience_over(self) -> bool:
        """Whether so many epochs brought nothing better that the training shall end."""
        accuracies = [row["val_accuracy"] for row in self.progress.history]
        if not self._patience or not accuracies:
            return False
        return len(accuracies) - 1 - int(np.argmax(accuracies)) >= self._patience

    def _save(self) -> None:
        state = {f"weight{i}": w.numpy() for i, w in enumerate(self.model.weights)}
        state |= {f"average{i}": w.numpy() for i, w in enumerate(self._average)}
        state |= {f"optimizer{i}": v.numpy() for i, v in enumerate(self.model.optimizer.variables)}
        # In the same file, or a power cut between two files would part it from the weights.
        state |= {"steps": np.array(self._steps)}
        state |= {"progress": np.array(json.dumps(asdict(self.progress)))}
        write_arrays(self._checkpoint, state)


def standard_error(accuracy: float, n: int) -> float:
    """Of an ``accuracy``, 0 to 1, on ``n`` pictures; above 0 also where all are right.

    With two right and two wrong ones added (A. Agresti and B. A. Coull, "Approximate Is Better than
    Exact", The American Statistician 52, 1998).
    """
    p = (accuracy * n + 2) / (n + 4)
    return math.sqrt(p * (1 - p) / (n + 4))


def read_progress(checkpoint: Path) -> Progress:
    """How far the training of ``checkpoint`` had come; DataError when it cannot be read."""
    state = read_arrays(checkpoint, ("progress",), _LOST)
    return Progress(**json.loads(str(state["progress"])))
