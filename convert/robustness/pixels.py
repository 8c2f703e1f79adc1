"""Faults of light, colour and coding; each gives a new uint8 RGB frame of the same shape."""

from __future__ import annotations

import math
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.preprocess import Frame

_GAMMA = 2.2  # about what cameras encode light with (sRGB)
_SECOND_RADIATION = 0.01438777  # metre kelvin, h c / k (CODATA 2018)
_WAVELENGTHS = (600e-9, 540e-9, 450e-9)  # metres: about where red, green and blue pixels peak
_WHITE = 6500.0  # kelvin: the light for which the pictures look right (D65)


def jpeg(frame: Frame, quality: float) -> Frame:
    """Encoded as JPEG of ``quality`` 1 to 100 by libjpeg, as a stream is, and decoded again."""
    options = [cv2.IMWRITE_JPEG_QUALITY, round(quality)]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), options)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return cast(Frame, cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))


def expose(frame: Frame, stops: float) -> Frame:
    """Light times 2 to the power of ``stops``; what is too bright saturates."""
    # Of v = light^(1/gamma), twice the light is 2^(1/gamma) v.
    return _by_table(frame, _LEVELS * 2 ** (stops / _GAMMA))


def fade(frame: Frame, share: float) -> Frame:
    """Contrast times ``share``, 0 to 1, around the frame's mean grey, as haze or glare does."""
    mean = frame.mean()
    return _by_table(frame, mean + (_LEVELS - mean) * share)


def add_noise(frame: Frame, sigma: float, rng: np.random.Generator) -> Frame:
    """Normal noise of ``sigma`` steps of 255, apart for every pixel and colour."""
    return _to_frame(frame + sigma * rng.standard_normal(frame.shape, np.float32))


def light(frame: Frame, kelvin: float) -> Frame:
    """A scene in the light of a black body of ``kelvin``, above 0, balanced for one of 6500 K.

    Red and blue change against green as Planck's law says at 600, 540 and 450 nm: an incandescent
    lamp is near 2800 K, an overcast sky near 7500 K, deep shade beyond 10,000 K.
    """
    gains = np.array([_radiance(w, kelvin) / _radiance(w, _WHITE) for w in _WAVELENGTHS])
    return _to_frame(frame * (gains / gains[1]) ** (1 / _GAMMA))


def swap_red_and_blue(frame: Frame) -> Frame:
    """Blue, green, red in place of red, green, blue: the usual mistake of camera code."""
    return np.ascontiguousarray(frame[:, :, ::-1])


_LEVELS = np.arange(256, dtype=np.float64)


def _radiance(wavelength: float, kelvin: float) -> float:
    """Planck's law but for the factors that do not depend on the temperature."""
    return 1 / math.expm1(_SECOND_RADIATION / (wavelength * kelvin))


def _by_table(frame: Frame, table: NDArray[np.float64]) -> Frame:
    return _to_frame(table)[frame]


def _to_frame(values: NDArray[np.floating[Any]]) -> Frame:
    return np.rint(values).clip(0, 255).astype(np.uint8)
