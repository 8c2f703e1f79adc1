"""What cameras do to pictures: the faults with their levels, each from mild to strong.

The idea of judging a classifier by a list of corruptions in levels of severity is that of
D. Hendrycks and T. Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", ICLR 2019 (ImageNet-C); the faults here are those of small fixed cameras.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from convert.robustness import geometry, pixels
from edge.preprocess import Frame

Apply = Callable[[Frame, float, np.random.Generator], Frame]


@dataclass(frozen=True)
class Fault:
    """One thing that a camera does, and how badly."""

    name: str
    levels: tuple[float, ...]  # in the order from mild to strong
    unit: str  # how a level is written after the name: a format string such as "{:g} K"
    apply: Apply  # of an RGB frame of any size, a level and chance; gives another frame

    def written(self, level: float) -> str:
        """The level as a person reads it."""
        return self.unit.format(level)


def _certain(fault: Callable[[Frame, float], Frame]) -> Apply:
    """A fault in which nothing is left to chance."""
    return lambda frame, level, _: fault(frame, level)


FAULTS = (
    Fault("jpeg quality", (80, 50, 20), "{:g}", _certain(pixels.jpeg)),
    Fault("darker", (-1, -2, -3), "{:+g} EV", _certain(pixels.expose)),
    Fault("brighter", (0.5, 1, 1.5), "{:+g} EV", _certain(pixels.expose)),
    Fault("contrast", (0.7, 0.5, 0.3), "x {:g}", _certain(pixels.fade)),
    Fault("noise sigma", (4, 8, 16), "{:g}", pixels.add_noise),
    Fault("warm light", (5000, 4000, 3000), "{:g} K", _certain(pixels.light)),
    Fault("cold light", (8000, 10000, 15000), "{:g} K", _certain(pixels.light)),
    Fault("red and blue swapped", (1,), "", lambda frame, *_: pixels.swap_red_and_blue(frame)),
    Fault("out of focus", (0.015, 0.025, 0.04), "{:.1%}", _certain(geometry.defocus)),
    Fault("motion blur", (0.05, 0.1, 0.2), "{:.0%}", geometry.move),
    Fault("squeezed to", (0.9, 0.75, 0.5625), "{:.0%}", _certain(geometry.squeeze)),
    Fault("shifted by", (0.05, 0.1, 0.2), "{:.0%}", geometry.shift),
    Fault("tilted by", (5, 10, 20), "{:g}°", geometry.tilt),
)
