"""Which number stands for a pixel in the model's input, as a table of 256 entries."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edge.modelfile import Normalization
from edge.quantization import Affine

InputRange = Literal["0..255", "0..1", "-1..1"]

PixelTable = NDArray[Any]  # (256,), or (1, 256, channels) when the channels differ

_RANGES: dict[InputRange, tuple[float, float]] = {
    "0..255": (0.0, 255.0),
    "0..1": (0.0, 1.0),
    "-1..1": (-1.0, 1.0),
}
# Calibration rarely sees exactly the whole range; the three ranges are much farther apart.
_TOLERANCE = 0.25  # of the range's width
_HALF_STEP = 0.5001  # float32 scales are not exact


def pixel_table(
    dtype: np.dtype[Any], affine: Affine | None, scaling: InputRange | Normalization | None
) -> PixelTable:
    """What pixels 0 to 255 are in an input of ``dtype``: uint8, int8 or float32.

    ``scaling`` says which real numbers stand for them. None reads it from the range that a
    quantized input spans, and means 0..255 for a float input.
    """
    if dtype == np.float32:
        return _real_values(scaling or "0..255").astype(np.float32)
    if affine is None:  # integers without a scale: the graph itself casts them
        return _in_order(dtype)
    # TFLite Metadata state the normalization of the float model; the scale of a quantized input
    # says the same, and what rounding made of it.
    named = None if isinstance(scaling, Normalization) else scaling
    input_range = named or range_of(affine)
    if input_range is None:
        return _in_order(dtype)
    wanted = _real_values(input_range)
    raw = _in_order(dtype)
    # Where a pixel itself is as near as any number, nothing needs to be looked up for each frame.
    is_as_near = np.abs(affine.dequantize(raw) - wanted).max() <= affine.scale * _HALF_STEP
    return raw if is_as_near else affine.quantize(wanted)


def range_of(affine: Affine) -> InputRange | None:
    """The usual range of pixel values that a quantized input spans, None when it is another."""
    low, high = affine.real_range
    for name, (expected_low, expected_high) in _RANGES.items():
        allowed = _TOLERANCE * (expected_high - expected_low)
        if abs(low - expected_low) <= allowed and abs(high - expected_high) <= allowed:
            return name
    return None


def is_identity(table: PixelTable) -> bool:
    """True when every pixel stands for itself, so that looking it up changes nothing."""
    return table.dtype == np.uint8 and np.array_equal(table, np.arange(256))


def _in_order(dtype: np.dtype[Any]) -> PixelTable:
    """Black is the lowest integer, white the highest: the convention where no range is known."""
    table: PixelTable = (np.arange(256) + int(np.iinfo(dtype).min)).astype(dtype)
    return table


def _real_values(scaling: InputRange | Normalization) -> NDArray[np.float64]:
    """Real numbers for pixels 0 to 255, (256,) or (1, 256, channels) for a mean per channel."""
    pixels = np.arange(256, dtype=np.float64)
    if not isinstance(scaling, Normalization):
        low, high = _RANGES[scaling]
        return low + pixels * ((high - low) / 255)
    values: NDArray[np.float64] = (pixels[:, np.newaxis] - scaling.mean) / np.array(scaling.std)
    return values[:, 0] if values.shape[1] == 1 else values[np.newaxis]
