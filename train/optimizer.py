"""Nesterov SGD with a triangular learning rate and fast shifts."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from train.recipe import Recipe

_REFERENCE_BATCH = 1000  # the batch size that the recipe's rates are stated for


class Triangle(keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly from ``start`` to ``peak`` and falls linearly to ``end``."""

    def __init__(self, peak: float, steps: int, warmup: float, start: float, end: float) -> None:
        self.peak, self.steps, self.warmup = peak, steps, warmup
        self.start, self.end = start, end

    def __call__(self, step: Any) -> Any:
        """The learning rate at ``step``, 0 to ``steps``."""
        done = ops.cast(step, "float32") / self.steps
        rising = self.start + (1 - self.start) * done / self.warmup
        falling = 1 + (self.end - 1) * (done - self.warmup) / (1 - self.warmup)
        return self.peak * ops.where(done < self.warmup, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        names = ("peak", "steps", "warmup", "start", "end")
        return {name: getattr(self, name) for name in names}


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


def make_optimizer(recipe: Recipe, steps: int) -> FastShiftSGD:
    """The recipe's optimizer for a training of ``steps`` batches."""
    peak = recipe.learning_rate * recipe.batch_size / _REFERENCE_BATCH
    rate = Triangle(peak, steps, recipe.warmup, recipe.start_rate, recipe.end_rate)
    return FastShiftSGD(
        rate,
        momentum=recipe.momentum,
        nesterov=True,
        weight_decay=recipe.weight_decay,
        shift_boost=recipe.shift_boost,
    )


def average_decay(recipe: Recipe) -> float:
    """The weight average's decay a step, so that its memory spans as many pictures as stated."""
    return float(recipe.average_decay ** (recipe.batch_size / _REFERENCE_BATCH))
