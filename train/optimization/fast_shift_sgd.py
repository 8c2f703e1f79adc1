"""SGD with fast shifts."""

from __future__ import annotations

from typing import Any

import keras


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
