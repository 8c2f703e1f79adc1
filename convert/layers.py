"""Which layers cost most: how far the answers move when one layer alone is int8.

The errors that tf.lite.experimental.QuantizationDebugger lists are those of rounding a layer's
output; a layer with a few huge channels looks harmless there, although every other channel is lost.
So each layer is judged by what it does to the answers, with the debugger's own means: calibrated
once, quantized with all other operators kept in float32.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.child import run_in_child
from convert.rescue.attempt import divergence, score, without_pictures
from convert.subject import Subject

_PICTURES = 200
# They hand numbers on as they are.
_COSTLESS = (
    *("MAX_POOL_2D", "RESHAPE", "PAD", "TRANSPOSE", "SQUEEZE", "REDUCE_MAX", "SOFTMAX"),
    *("STRIDED_SLICE", "QUANTIZE", "DEQUANTIZE"),
)


@dataclass(frozen=True)
class LayerCost:
    """What one layer's int8 form does to the answers while all others stay float32."""

    tensor: str  # its output's name in the TFLite file, as keep_float takes it
    kind: str  # such as CONV_2D
    changed: float  # share of the pictures that get another label, 0 to 1
    divergence: float  # Kullback-Leibler, of the scores from the float file's, mean, nats

    @property
    def name(self) -> str:
        """The Keras layer, as far as the converter's name tells."""
        *way, operator = self.tensor.split("/")
        layers = [part for part in way if part != "batchnorm"]  # Keras has it within the layer
        # The converter's own call of the model adds one.
        return re.sub(r"_1$", "", layers[-1]) if layers else operator

    def to_json(self) -> dict[str, Any]:
        """What the report records."""
        return {
            "layer": self.name,
            "operator": self.kind,
            "changed": round(self.changed, 4),
            "divergence": round(self.divergence, 6),
        }


def layer_costs(
    subject: Subject,
    float32: bytes,
    calibration: NDArray[np.uint8],
    frames: NDArray[np.uint8],
) -> tuple[LayerCost, ...]:
    """Every computing layer of ``subject``, the costliest first.

    ``float32`` is its float file, ``calibration`` the pixels that gave the ranges (n, height,
    width, channels); the first 200 of ``frames`` are classified, best validation pictures.
    Raises DataError when the model cannot be converted.
    """
    calibrated = run_in_child("convert.rescue.work:calibrated_file", subject.source, calibration)[0]
    frames = frames[:_PICTURES]
    return costs_of(subject, calibrated, frames, score(subject, float32, frames)[0])


def costs_of(
    subject: Subject,
    calibrated: bytes,
    frames: NDArray[np.uint8],
    float_scores: NDArray[np.float32],
) -> tuple[LayerCost, ...]:
    """The same for a calibrated float file; ``float_scores`` (n, classes) are of ``frames``."""
    function, plain = "convert.rescue.work:layer_scores", without_pictures(subject)
    frames, float_scores = frames[:_PICTURES], float_scores[:_PICTURES]
    found = run_in_child(function, plain, calibrated, frames, _COSTLESS)[0]
    costs = [
        LayerCost(
            tensor,
            kind,
            changed=float((scores.argmax(axis=1) != float_scores.argmax(axis=1)).mean()),
            divergence=divergence(float_scores, scores),
        )
        for tensor, kind, scores in found
    ]
    return tuple(sorted(costs, key=lambda cost: -cost.divergence))


def table(costs: Sequence[LayerCost], top: int = 5) -> str:
    """The ``top`` costliest as a person reads them."""
    width = max((len(cost.name) for cost in costs[:top]), default=5)
    lines = [f"{'layer':<{width}}  {'operator':<18}{'labels changed':>15}{'divergence':>12}"]
    lines += [
        f"{cost.name:<{width}}  {cost.kind:<18}{cost.changed:>15.1%}{cost.divergence:>12.4f}"
        for cost in costs[:top]
    ]
    return "\n".join(lines)
