"""How the learning rate runs over a training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from train.recipe import Fitting

_TINY = 1e-9  # a share of the steps that no step has


class Triangle(keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly from ``start`` to ``peak`` and falls linearly to ``end``."""

    def __init__(self, peak: float, steps: int, warmup: float, start: float, end: float) -> None:
        self.peak, self.steps, self.warmup = peak, steps, warmup
        self.start, self.end = start, end

    def __call__(self, step: Any) -> Any:
        """The learning rate at ``step``, 0 to ``steps``."""
        done = ops.cast(step, "float32") / self.steps
        rising = self.start + (1 - self.start) * done / max(self.warmup, _TINY)
        falling = 1 + (self.end - 1) * (done - self.warmup) / (1 - self.warmup)
        return self.peak * ops.where(done < self.warmup, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        names = ("peak", "steps", "warmup", "start", "end")
        return {name: getattr(self, name) for name in names}


def make_schedule(
    fitting: Fitting, peak: float, steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """The recipe's schedule over ``steps`` batches: a warm-up to ``peak``, then what it says."""
    start, end = fitting.start_rate, fitting.end_rate
    if fitting.schedule == "triangle":
        return Triangle(peak, steps, fitting.warmup, start, end)
    if fitting.schedule == "constant":
        return Triangle(peak, steps, fitting.warmup, start, end=1.0)
    if not fitting.warmup:
        return keras.optimizers.schedules.CosineDecay(peak, max(1, steps), alpha=end)
    warmup = max(1, round(fitting.warmup * steps))
    return keras.optimizers.schedules.CosineDecay(
        start * peak,
        max(1, steps - warmup),
        alpha=end,
        warmup_target=peak,
        warmup_steps=warmup,
    )
