"""What a lens and a hand do to pictures: out of focus, and streaks of motion."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from train.augment.draws import Draws
from train.augment.policy import REFERENCE_SIDE, Policy

_LEAST_SIGMA = 0.2  # pixels: below, the weights of a pixel's neighbours round to nothing


def blur(pixels: NDArray[np.uint8], policy: Policy, draws: Draws) -> None:
    """Some pictures out of focus, some of a moving camera, in place."""
    unit = min(pixels.shape[1:3]) / REFERENCE_SIDE
    if policy.blur:
        sigmas = unit * draws.up_to("blur", policy.blur, policy.probability)
        for number in np.flatnonzero(sigmas > _LEAST_SIGMA):
            soft = cv2.GaussianBlur(pixels[number], (0, 0), float(sigmas[number]))
            pixels[number] = soft.reshape(pixels.shape[1:])
    if policy.motion:
        lengths = unit * draws.up_to("motion", policy.motion, policy.probability)
        angles = np.pi * draws.uniform("motion angle")
        for number in np.flatnonzero(lengths > 1):
            length, angle = lengths[number], angles[number]
            pixels[number] = streak(pixels[number], length * np.cos(angle), length * np.sin(angle))


def streak(picture: NDArray[np.uint8], right: float, down: float) -> NDArray[np.uint8]:
    """The mean of the picture along a motion of that many pixels, in its middle.

    A picture and its copy half the way on, laid over each other, and again with a quarter, an
    eighth and so on: every step doubles the samples, where a kernel of that length costs its area.
    """
    steps = _halves(right, down)
    across, along = (sum(abs(step[axis]) for step in steps) for axis in (0, 1))
    # Each step takes from the canvas what it moves by, so that the picture's size is left.
    canvas = cv2.copyMakeBorder(
        picture, along // 2, along - along // 2, across // 2, across - across // 2,
        cv2.BORDER_REFLECT_101,
    )  # fmt: skip
    for x, y in steps:
        height, width = canvas.shape[0] - abs(y), canvas.shape[1] - abs(x)
        start, end = (max(0, -x), max(0, -y)), (max(0, x), max(0, y))
        first = canvas[start[1] : start[1] + height, start[0] : start[0] + width]
        last = canvas[end[1] : end[1] + height, end[0] : end[0] + width]
        canvas = cv2.addWeighted(first, 0.5, last, 0.5, 0)
    return cast("NDArray[np.uint8]", canvas.reshape(picture.shape))


def _halves(right: float, down: float) -> list[tuple[int, int]]:
    """A half of the way, a quarter and so on, as far as they are whole pixels (right, down)."""
    steps = []
    share = 0.5
    while (step := (round(right * share), round(down * share))) != (0, 0):
        steps.append(step)
        share /= 2
    return steps
