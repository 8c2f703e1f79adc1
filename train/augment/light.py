"""Light and colour: dark corners, flicker, white balance, exposure, hue, saturation, tone curve."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from train.augment.draws import Draws
from train.augment.policy import Policy

_GAMMA = 2.2  # about what cameras encode light with
_FEWEST_BANDS, _MOST_BANDS = 0.5, 4.0  # a picture: lamps of 100 Hz, read in 5 to 40 ms

# NTSC's luma and two axes of colour, each a row: greys stay where they are when colours turn.
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


def shade(pixels: NDArray[np.uint8], policy: Policy, draws: Draws) -> None:
    """Corners that the lens leaves dark, and bands of light that flickers, in place.

    Corners follow the cos^4 law of natural vignetting. A rolling shutter reads row after row, so
    lamps on the mains write their 100 or 120 Hz into the rows (Sheinin et al., "Computational
    Imaging on the Electric Grid", CVPR 2017).
    """
    if not (policy.vignette or policy.bands):
        return
    height, width, channels = pixels.shape[1:]
    corners = draws.up_to("vignette", policy.vignette, policy.probability)
    depths = draws.up_to("bands", policy.bands, policy.probability)
    counts = np.interp(draws.uniform("band count"), (0, 1), (_FEWEST_BANDS, _MOST_BANDS))
    phases = draws.uniform("band phase")
    rows = np.arange(height) / height
    for number in np.flatnonzero((corners > 0) | (depths > 0)):
        waves = np.sin(2 * np.pi * (counts[number] * rows + phases[number]))
        field = (1 + depths[number] * waves)[:, None] * _falloff(
            _radii(height, width), corners[number]
        )
        shares = cv2.merge([field.astype(np.float32)] * channels)
        lit = cv2.multiply(pixels[number], shares.reshape(pixels.shape[1:]), dtype=cv2.CV_8U)
        pixels[number] = lit.reshape(pixels.shape[1:])


def _falloff(radii: NDArray[np.float64], corner: float) -> NDArray[np.float64]:
    """Share of the pixel value that is left, 1 in the middle and ``1 - corner`` in the corners."""
    # cos^4 of the light is (1 + tan^2)^-2; pixel values are its 1/gamma-th power.
    steepness = (1 - corner) ** (-_GAMMA / 2) - 1
    share: NDArray[np.float64] = (1 + steepness * radii**2) ** (-2 / _GAMMA)
    return share


@lru_cache(maxsize=4)
def _radii(height: int, width: int) -> NDArray[np.float64]:
    """Distances (height, width) from the middle, 1 in the corners."""
    y = np.linspace(-1, 1, height)[:, None] * height
    x = np.linspace(-1, 1, width) * width
    return np.hypot(x, y) / np.hypot(height, width)


def recolour(pixels: NDArray[np.uint8], policy: Policy, draws: Draws) -> None:
    """White balance, brightness, hue, saturation and contrast in one step, then the tone curve."""
    linear = ("white_balance", "brightness", "hue", "saturation", "contrast")
    if any(getattr(policy, name) for name in linear):
        means = np.array([cv2.mean(picture)[: pixels.shape[3]] for picture in pixels])
        for picture, matrix in zip(pixels, _matrices(means, policy, draws), strict=True):
            picture[:] = cv2.transform(picture, matrix).reshape(picture.shape)
    if policy.gamma:
        bends = draws.around("gamma", np.log1p(policy.gamma), policy.probability)
        levels = np.arange(256) / 255
        for number in np.flatnonzero(bends):
            table = np.rint(255 * levels ** np.exp(bends[number])).astype(np.uint8)
            pixels[number] = table[pixels[number]]


def _matrices(means: NDArray[np.float64], policy: Policy, draws: Draws) -> NDArray[np.float64]:
    """What each policy's draw makes of colours, (n, channels, channels + 1), the last is added."""

    def factors(name: str, most: float) -> NDArray[np.float64]:
        return 1 + draws.around(name, most, policy.probability)

    gains = np.stack(
        [
            factors("red", policy.white_balance),
            np.ones(len(means)),
            factors("blue", policy.white_balance),
        ],
        axis=1,
    )
    brightness = factors("brightness", policy.brightness)
    contrast = factors("contrast", policy.contrast)
    if means.shape[1] == 1:
        return grey_matrices(means, brightness, contrast)
    hues = np.deg2rad(draws.around("hue", policy.hue, policy.probability))
    saturation = factors("saturation", policy.saturation)
    return colour_matrices(means, gains * brightness[:, None], hues, saturation, contrast)


def grey_matrices(
    means: NDArray[np.float64], brightness: NDArray[np.float64], contrast: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, 1, 2): ``means`` (n, 1) are the pictures' own; contrast leaves the mean where it is."""
    kept = (1 - contrast) * brightness * means[:, 0]
    return np.stack([contrast * brightness, kept], axis=1)[:, None, :]


def colour_matrices(
    means: NDArray[np.float64],
    gains: NDArray[np.float64],
    hues: NDArray[np.float64],
    saturation: NDArray[np.float64],
    contrast: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(n, 3, 4): ``means`` and ``gains`` (n, 3) of each channel, ``hues`` in radians.

    Hue and saturation turn and stretch colours around the axis of greys, at the same luma (ITU-R
    BT.601); contrast goes from the picture's mean luma, which stays.
    """
    turn = np.zeros((len(means), 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = saturation * np.cos(hues)
    turn[:, 2, 1] = saturation * np.sin(hues)
    turn[:, 1, 2] = -turn[:, 2, 1]
    colours = _FROM_YIQ @ turn @ _TO_YIQ * gains[:, None, :]
    luma = np.einsum("j,nji,ni->n", _TO_YIQ[0], colours, means)
    added = np.repeat(((1 - contrast) * luma)[:, None, None], 3, axis=1)
    return np.concatenate([contrast[:, None, None] * colours, added], axis=2)
