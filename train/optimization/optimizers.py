"""The optimizers, with the recipe's rates for its batches."""

from __future__ import annotations

from typing import Any

import keras

from train.optimization.schedules import make_schedule
from train.recipe import Fitting


class FastShiftSGD(keras.optimizers.SGD):
    """SGD whose batch-norm shifts (``beta``) learn ``shift_boost`` times as fast as the rest."""

    def __init__(self, *args: Any, shift_boost: float = 1.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shift_boost = shift_boost

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step."""
        # TensorFlow names it "stage1a_norm/beta:0", Keras alone "beta".
        name = variable.name.rpartition("/")[2].partition(":")[0]
        boost = self._shift_boost if name == "beta" else 1.0
        super().update_step(gradient, variable, learning_rate * boost)


def make_optimizer(fitting: Fitting, steps: int, model: keras.Model) -> keras.optimizers.Optimizer:
    """The recipe's optimizer for ``steps`` batches of training ``model``, built.

    Weight decay is decoupled from the gradient (arXiv:1711.05101). It leaves out norms and biases,
    which need no small values, unless the recipe says all.
    """
    # Adam's steps have a length of their own, whatever the batch.
    peak = fitting.learning_rate * (_batches(fitting) if fitting.optimizer == "sgd" else 1)
    rate = make_schedule(fitting, peak, steps)
    common = {
        "weight_decay": fitting.weight_decay or None,
        "global_clipnorm": fitting.clip_norm or None,
    }
    if fitting.optimizer == "sgd":
        optimizer = FastShiftSGD(
            rate,
            momentum=fitting.momentum,
            nesterov=fitting.momentum > 0,
            shift_boost=fitting.shift_boost,
            **common,
        )
    else:
        # AdamW is Adam with weight decay; in Keras, Adam's is the decoupled one too.
        optimizer = keras.optimizers.Adam(rate, **common)
    if fitting.weight_decay and not fitting.decay_all:
        vectors = [v for v in model.trainable_variables if len(v.shape) < 2]
        optimizer.exclude_from_weight_decay(var_list=vectors)
    optimizer.build(model.trainable_variables)
    return optimizer


def ema_decay(fitting: Fitting) -> float:
    """The weight average's decay a step, so that its memory spans as many pictures as stated."""
    return float(fitting.ema_decay ** _batches(fitting))


def _batches(fitting: Fitting) -> float:
    """The batch, in those that the rates are stated for."""
    return fitting.batch_size / fitting.reference_batch if fitting.reference_batch else 1.0
