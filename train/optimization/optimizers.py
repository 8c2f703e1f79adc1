"""The optimizers, with the recipe's rates for its batches."""

from __future__ import annotations

from typing import Any

import keras

from train.optimization.fast_shift_sgd import FastShiftSGD
from train.optimization.muon import Muon
from train.optimization.schedules import make_schedule
from train.recipe import OF_SGD, Fitting


def make_optimizer(fitting: Fitting, steps: int, model: keras.Model) -> keras.optimizers.Optimizer:
    """The recipe's optimizer for ``steps`` batches of training ``model``, built.

    Weight decay is decoupled from the gradient (arXiv:1711.05101). It leaves out norms and biases,
    which need no small values, unless the recipe says all.
    """
    # Adam's steps have a length of their own, whatever the batch.
    of_sgd = fitting.optimizer in OF_SGD
    peak = fitting.learning_rate * (_batches(fitting) if of_sgd else 1)
    rate = make_schedule(fitting, peak, steps)
    options: dict[str, Any] = {
        "weight_decay": fitting.weight_decay or None,
        "global_clipnorm": fitting.clip_norm or None,
    }
    if of_sgd:
        options["momentum"] = fitting.momentum
        options["nesterov"] = fitting.momentum > 0
        options["shift_boost"] = fitting.shift_boost
    if fitting.optimizer == "muon":
        options["filter_share"] = fitting.filter_rate / peak
        options["filter_momentum"] = fitting.filter_momentum
    # AdamW is Adam with weight decay; in Keras, Adam's is the decoupled one too.
    kinds = {"sgd": FastShiftSGD, "muon": Muon}
    optimizer = kinds.get(fitting.optimizer, keras.optimizers.Adam)(rate, **options)
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
