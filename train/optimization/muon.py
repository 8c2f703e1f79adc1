"""Muon: convolutions learn by orthogonal steps."""

from __future__ import annotations

from typing import Any

from keras import ops

from train.optimization.fast_shift_sgd import FastShiftSGD

# A quintic whose repetition drives all singular values from 0 to 1 towards about 1.
_QUINTIC = (3.4445, -4.7750, 2.0315)
_REPETITIONS = 3
_TINY = 1e-7


class Muon(FastShiftSGD):
    """SGD, but of filters the momentum's nearest orthogonal matrix is the step.

    All directions in which the filters of a convolution can turn are learned equally fast, also
    those that gradients rarely point in (K. Jordan et al., "Muon: An optimizer for hidden layers in
    neural networks", 2024). The filters keep a length of 1 each, root mean square: every one has to
    be followed by a batch norm, which makes its length meaningless. Every other variable learns as
    by FastShiftSGD.
    """

    def __init__(
        self, *args: Any, filter_share: float, filter_momentum: float, **kwargs: Any
    ) -> None:
        """``filter_share``: of the learning rate, gives the length of a filter's step."""
        super().__init__(*args, **kwargs)
        self._filter_share, self._filter_momentum = filter_share, filter_momentum

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step."""
        if len(variable.shape) != 4:
            super().update_step(gradient, variable, learning_rate)
            return
        memory = self.momentums[self._get_variable_index(variable)]
        memory.assign(self._filter_momentum * memory + gradient)
        ahead = gradient + self._filter_momentum * memory  # Nesterov's look
        filters = variable.shape[-1]
        step = ops.reshape(orthogonal(ops.reshape(ahead, (-1, filters))), variable.shape)
        to_unit = filters**0.5 / ops.sqrt(ops.sum(ops.square(variable)))
        rate = ops.cast(learning_rate * self._filter_share, "float32")
        variable.assign(to_unit * variable - rate * step)


def orthogonal(matrix: Any) -> Any:
    """About U V^T of the singular value decomposition U S V^T of ``matrix`` (rows, columns).

    Newton-Schulz iterations in bfloat16 (its singular values come out between 0.5 and 1.2, which
    is near enough): a few products instead of a decomposition.
    """
    wide = matrix.shape[0] < matrix.shape[1]
    tall = ops.transpose(matrix) if wide else matrix
    x = ops.cast(tall / (ops.sqrt(ops.sum(ops.square(tall))) + _TINY), "bfloat16")
    linear, cubic, quintic = _QUINTIC
    for _ in range(_REPETITIONS):
        gram = ops.matmul(ops.transpose(x), x)  # of the shorter side
        x = linear * x + ops.matmul(x, cubic * gram + quintic * ops.matmul(gram, gram))
    result = ops.cast(x, "float32")
    return ops.transpose(result) if wide else result
