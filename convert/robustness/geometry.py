"""Faults of lens and mounting; each gives a new uint8 RGB frame of the same shape.

Lengths are shares of the frame's shorter side, so that a level means the same for every size.
What a shift, tilt or squeeze uncovers is filled with the mirrored picture.
"""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.preprocess import Frame


def defocus(frame: Frame, sigma: float) -> Frame:
    """Gaussian blur; ``sigma`` is a share of the shorter side, above 0."""
    pixels = sigma * min(frame.shape[:2])
    return cast(Frame, cv2.GaussianBlur(frame, (0, 0), pixels, borderType=cv2.BORDER_REFLECT_101))


def move(frame: Frame, length: float, rng: np.random.Generator) -> Frame:
    """Smeared along a line of ``length``, a share of the shorter side, in a random direction."""
    kernel = _line(length * min(frame.shape[:2]), rng.uniform(0, math.pi))
    return cast(Frame, cv2.filter2D(frame, -1, kernel, borderType=cv2.BORDER_REFLECT_101))


def squeeze(frame: Frame, share: float) -> Frame:
    """The picture at ``share`` of its width, 0 to 1, as a wide image in a narrow frame is."""
    return _warped(frame, np.diag([share, 1.0]))


def shift(frame: Frame, length: float, rng: np.random.Generator) -> Frame:
    """Moved by ``length``, a share of the shorter side, in a random direction."""
    angle = rng.uniform(0, 2 * math.pi)
    distance = length * min(frame.shape[:2])
    return _warped(frame, np.eye(2), (distance * math.cos(angle), distance * math.sin(angle)))


def tilt(frame: Frame, degrees: float, rng: np.random.Generator) -> Frame:
    """Turned around its centre by ``degrees``, to the left or to the right by chance."""
    angle = math.radians(degrees) * rng.choice((-1, 1))
    cosine, sine = math.cos(angle), math.sin(angle)
    return _warped(frame, np.array([[cosine, sine], [-sine, cosine]]))


def _warped(
    frame: Frame, turn: NDArray[np.float64], offset: tuple[float, float] = (0.0, 0.0)
) -> Frame:
    """``turn``, (2, 2) of x and y, around the centre of the frame, then ``offset`` in pixels."""
    height, width = frame.shape[:2]
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.column_stack([turn, centre - turn @ centre + np.array(offset)])
    mirrored = cv2.BORDER_REFLECT_101
    warped = cv2.warpAffine(
        frame, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=mirrored
    )
    return cast(Frame, warped)


def _line(length: float, angle: float) -> NDArray[np.float32]:
    """A square kernel of sum 1: a line of ``length`` pixels through its centre."""
    radius = math.ceil(length / 2)
    size = 2 * radius + 3  # a ring of zeros, so that every point has four neighbours
    kernel = np.zeros((size, size))
    # A row of points, each shared between the four pixels around it.
    for step in np.linspace(-length / 2, length / 2, 8 * radius + 9):
        x, y = radius + 1 + step * math.cos(angle), radius + 1 + step * math.sin(angle)
        column, row = math.floor(x), math.floor(y)
        right, down = x - column, y - row
        kernel[row : row + 2, column : column + 2] += np.outer((1 - down, down), (1 - right, right))
    return (kernel / kernel.sum()).astype(np.float32)
