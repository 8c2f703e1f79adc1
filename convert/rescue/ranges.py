"""Activation ranges of a calibrated float file: read them, estimate better ones, put them in.

A calibrated file is what the converter makes between calibrating and quantizing: a float32 TFLite
graph whose tensors carry the smallest and the largest value that calibration saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from convert.graph.flatbuffer import pack, parse
from convert.rescue.results import Range

_LEVELS = 255
_CLIPS = 60  # candidates of the squared-error estimator


@dataclass(frozen=True)
class Observed:
    """What one activation tensor held over the calibration pictures."""

    sample: NDArray[np.float32]  # (n,) values, a random part
    lows: NDArray[np.float32]  # (pictures,) smallest value in each
    highs: NDArray[np.float32]  # (pictures,) largest value in each


Estimator = Callable[[Observed], Range]


def extremes(seen: Observed) -> Range:
    """Everything that was seen: what the converter itself takes."""
    return float(seen.lows.min()), float(seen.highs.max())


def mean_extremes(seen: Observed) -> Range:
    """Each picture's extremes, averaged, so that one odd picture does not decide."""
    return float(seen.lows.mean()), float(seen.highs.mean())


def percentile(share: float) -> Estimator:
    """The middle ``share`` percent of all values; what lies outside saturates."""

    def estimate(seen: Observed) -> Range:
        tail = (100 - share) / 2
        low, high = np.percentile(seen.sample, (tail, 100 - tail))
        return float(low), float(high)

    return estimate


def least_squares(seen: Observed) -> Range:
    """The range whose rounding and clipping cost the least together, in squared error.

    The upper end is searched first, then the lower one, from the extremes towards zero (the
    criterion of R. Banner et al., arXiv:1810.05723, section 3, without its normal distribution).
    """
    low, high = extremes(seen)
    shares = np.geomspace(1, 1e-3, _CLIPS)
    high = min((high * share for share in shares), key=lambda end: _error(seen.sample, low, end))
    low = min((low * share for share in shares), key=lambda end: _error(seen.sample, end, high))
    return float(low), float(high)


def _error(sample: NDArray[np.float32], low: float, high: float) -> float:
    step = max(high - low, 1e-12) / _LEVELS
    rounded = np.clip(np.rint((sample - low) / step), 0, _LEVELS) * step + low
    return float(np.square(rounded - sample).mean())


ESTIMATORS: Mapping[str, Estimator] = {
    "mean of each picture's extremes": mean_extremes,
    "percentile 99.99": percentile(99.99),
    "percentile 99.9": percentile(99.9),
    "least squared error": least_squares,
}


def read_ranges(calibrated: bytes) -> dict[str, Range]:
    """The ranges that ``calibrated`` carries, by tensor name."""
    tensors = parse(calibrated).subgraphs[0].tensors
    return {
        tensor.name.decode(): (float(tensor.quantization.min[0]), float(tensor.quantization.max[0]))
        for tensor in tensors
        if _is_calibrated(tensor)
    }


def operator_outputs(calibrated: bytes) -> list[tuple[str, str]]:
    """Output tensor and kind, such as CONV_2D, of each operator with a range, in order."""
    model = parse(calibrated)
    kinds = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    graph = model.subgraphs[0]
    found = []
    for operator in graph.operators:
        tensor = graph.tensors[operator.outputs[0]]
        if _is_calibrated(tensor):
            kind = kinds[model.operatorCodes[operator.opcodeIndex].builtinCode]
            found.append((tensor.name.decode(), kind))
    return found


def with_ranges(calibrated: bytes, ranges: Mapping[str, Range]) -> bytes:
    """The same file with ``ranges`` for the tensors that they name."""
    model = parse(calibrated)
    for tensor in model.subgraphs[0].tensors:
        if _is_calibrated(tensor) and tensor.name.decode() in ranges:
            low, high = ranges[tensor.name.decode()]
            # Zero has to be one of the steps: padding and ReLU need it exactly.
            tensor.quantization.min = np.array([min(low, 0)], np.float32)
            tensor.quantization.max = np.array([max(high, 0)], np.float32)
    return pack(model)


def _is_calibrated(tensor: schema.TensorT) -> bool:
    quantization = tensor.quantization
    return quantization is not None and quantization.min is not None and len(quantization.min) == 1
