"""The plain convolutional networks of the textbooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PlainNet:
    """Form of a plain network: convolutions with pooling, then dense layers."""

    widths: tuple[int, ...] = (32, 64, 64)
    dense: tuple[int, ...] = (64,)
    activation: Literal["relu", "relu6", "sigmoid", "tanh"] = "relu"
    pooling: Literal["max", "average"] = "max"
    batch_norm: bool = False
    residual: bool = False
    depth: int = 1
