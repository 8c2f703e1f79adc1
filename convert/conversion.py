"""TFLite bytes of a float model in any of the formats, made in a child process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from convert.child import run_in_child
from convert.graph.correction import Correction, corrected
from convert.source import ModelFacts, ModelSource

Format = Literal["float32", "float16", "dynamic", "int8", "int16x8"]
Io = Literal["uint8", "int8", "float32"]
CALIBRATED: tuple[Format, ...] = ("int8", "int16x8")  # by representative pictures


@dataclass(frozen=True)
class Conversion:
    """One converted graph, still without labels and card, and what making it took."""

    data: bytes  # the same for the same input; the two figures are not, and stay out of the file
    seconds: float
    peak_mb: float  # largest resident memory of the converter's process, 10^6 bytes
    correction: Correction | None = None  # of the biases; None where it was not asked for


def convert(
    source: ModelSource,
    format: Format,
    calibration: NDArray[np.uint8] | None = None,
    *,
    io: Io = "uint8",
    float32: bytes | None = None,
    correct_biases: bool = True,
) -> Conversion:
    """The file of ``source`` in one format; input is always raw pixels 0 to 255, batch one.

    - ``float32``; ``float16`` (half the size, computed in float32); ``dynamic`` (int8 weights,
      activations quantized as they come)
    - ``int8`` (static_wi8_ai8) and ``int16x8`` (int8 weights, int16 activations) need
      ``calibration`` pixels, (n, height, width, channels), 0 to 255.

    ``io`` is the type of input and output of an int8 file; all others have float32. The biases of
    files that need calibration are corrected (convert.graph.correction) towards ``float32``, the
    source's file in that format, which is made anew where it is not at hand; ``correct_biases``
    False leaves them as they come.
    Raises DataError when the model cannot be read or converted, or the converter crashes.
    """
    data, seconds, peak_mb = run_in_child(
        "convert.tflite:convert_source", source, format, calibration, io
    )
    if calibration is None or not correct_biases or format not in CALIBRATED:
        return Conversion(data, seconds, peak_mb)
    start = time.monotonic()
    reference = float32 or convert(source, "float32").data
    data, correction = corrected(data, reference, calibration)
    return Conversion(data, seconds + time.monotonic() - start, peak_mb, correction)


def examine(source: ModelSource) -> ModelFacts:
    """What the model takes and gives; DataError when it is no image classifier."""
    facts: ModelFacts = run_in_child("convert.loading:examine", source)[0]
    return facts
