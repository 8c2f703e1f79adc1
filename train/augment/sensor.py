"""The last steps of a camera: the sensor's noise, and JPEG."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from train.augment.draws import Draws
from train.augment.policy import Policy

_GAMMA = 2.2  # about what cameras encode light with
_MIDDLE_GREY = 128
_SHOT = np.geomspace(1e-6, 0.1, 100)  # variance a unit of light; the source's are 1e-4 to 0.012
_GRAINS = 2**20


def add_noise(pixels: NDArray[np.uint8], policy: Policy, draws: Draws, seed: int) -> None:
    """Normal noise, apart for every pixel and colour, in place.

    ``noise`` is the same for every value, ``sensor`` as sensor_sigmas says. Each picture takes its
    grains from another place of one long row of normal numbers, made once.
    """
    if not (policy.noise or policy.sensor):
        return
    even = draws.up_to("noise", policy.noise, policy.probability)
    uneven = draws.up_to("sensor", policy.sensor, policy.probability)
    shape = pixels.shape[1:]
    size = int(np.prod(shape))
    row = _normal_numbers(seed, _GRAINS + size)
    starts = (draws.uniform("grains") * _GRAINS).astype(np.int64)
    for number in np.flatnonzero((even > 0) | (uneven > 0)):
        grains = row[starts[number] : starts[number] + size].reshape(shape)
        sigmas: float | NDArray[np.float32] = float(even[number])
        if uneven[number]:
            table = np.hypot(even[number], sensor_sigmas(uneven[number])).astype(np.float32)
            sigmas = table[pixels[number]]
        noisy = cv2.add(pixels[number], grains * sigmas, dtype=cv2.CV_8U)
        pixels[number] = noisy.reshape(shape)


def sensor_sigmas(at_middle_grey: float) -> NDArray[np.float64]:
    """Standard deviation (256,), in grey levels, of a sensor's noise around each pixel value.

    Light x between 0 and 1 has the variance ``shot * x + read`` (Foi et al., "Practical
    Poissonian-Gaussian Noise Modeling and Fitting for Single-Image Raw-Data", IEEE Transactions on
    Image Processing 17(10), 2008). The more gain, the more of both: log read = 2.18 log shot + 1.2
    (Brooks et al., "Unprocessing Images for Learned Raw Denoising", CVPR 2019, fitted to real
    cameras). The camera's gamma then stretches the dark.
    """
    tables = _sigma_tables()
    nearest = np.abs(tables[:, _MIDDLE_GREY] - at_middle_grey).argmin()
    table = tables[nearest]
    return cast("NDArray[np.float64]", table * (at_middle_grey / table[_MIDDLE_GREY]))


@lru_cache(maxsize=1)
def _sigma_tables() -> NDArray[np.float64]:
    """Standard deviations (100, 256) for rising gain."""
    shot = _SHOT[:, None]
    light = (np.arange(256) / 255) ** _GAMMA
    sigma = np.sqrt(shot * light + np.exp(2.18 * np.log(shot) + 1.2))
    # Half of what lies between one deviation more and one less: at black, gamma has no slope.
    more, less = ((light + sigma) ** (1 / _GAMMA), np.maximum(light - sigma, 0) ** (1 / _GAMMA))
    return cast("NDArray[np.float64]", 255 * (more - less) / 2)


@lru_cache(maxsize=1)
def _normal_numbers(seed: int, count: int) -> NDArray[np.float32]:
    numbers = np.random.default_rng([seed, count]).standard_normal(count, np.float32)
    numbers.setflags(write=False)
    return numbers


def compress(pixels: NDArray[np.uint8], policy: Policy, draws: Draws) -> None:
    """Pictures as JPEG of a random quality leaves them, in place."""
    if not policy.jpeg:
        return
    losses = draws.up_to("jpeg", 100 - policy.jpeg, policy.probability)
    for number in np.flatnonzero(losses):
        pixels[number] = jpeg(pixels[number], round(100 - losses[number]))


def jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """The picture encoded and decoded by libjpeg, ``quality`` 1 to 100."""
    is_grey = picture.shape[2] == 1
    bgr = picture if is_grey else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR)
    rgb = decoded if is_grey else cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return cast("NDArray[np.uint8]", rgb.reshape(picture.shape))
