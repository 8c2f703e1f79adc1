"""The default network: a fixed whitening layer, then residual stages of three 3x3 convolutions.

The whitening layer is a 2x2 convolution whose kernels are the scaled eigenvectors of the training
patches, so that the first trained layer sees uncorrelated inputs (arXiv:2404.00498, section 3.2).
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from train.architectures.fused_norm import FusedBatchNormalization
from train.architectures.normalisation import Normalisation

# Logits of a wide max-pooled network are large at the start; this keeps the first steps calm.
_LOGIT_SCALE = 1 / 9
_EIGENVALUE_FLOOR = 5e-4


def smallest_side(stages: int) -> int:
    """Pixels that a picture's shorter side needs so that the last stage still has one pixel."""
    return int(2**stages) + 1


def build(
    shape: tuple[int, int, int],
    classes: int,
    widths: Sequence[int],
    *,
    for_training: bool,
) -> keras.Model:
    """The network from (n, height, width, channels) to (n, classes).

    ``for_training`` takes normalised pixels and gives logits. Otherwise it takes pixels from 0 to
    255 and gives softmax probabilities, and every layer folds into its convolution. Both have the
    same weights in the same order: ``export`` turns one's into the other's.
    """
    inputs = keras.Input(shape, name="pixels")
    # Whitening amplifies the smallest differences between pixels; bfloat16 would round them off.
    x = layers.Conv2D(2 * 4 * shape[-1], 2, dtype="float32", name="whiten")(inputs)
    x = layers.ReLU(name="whiten_relu")(x)
    for stage, width in enumerate(widths, 1):
        x = _stage(x, width, f"stage{stage}", for_training=for_training)
    x = layers.GlobalMaxPooling2D(name="pool")(x)
    x = layers.Dense(classes, use_bias=False, name="head")(x)
    if for_training:
        outputs = layers.Rescaling(_LOGIT_SCALE, dtype="float32", name="logits")(x)
    else:
        outputs = layers.Softmax(name="probabilities")(x)
    return keras.Model(inputs, outputs, name="whitened_cnn")


def _stage(x: keras.KerasTensor, width: int, name: str, *, for_training: bool) -> keras.KerasTensor:
    """Half the picture's sides, ``width`` channels: one convolution, then two with a shortcut.

    The norms have no gamma, so they are increasing functions, and max pooling gives the same on
    either side of norm and ReLU. Training pools first (a quarter of the work), the exported
    network pools last (norm and ReLU then vanish into the convolution).
    """
    x = _convolution(x, width, f"{name}a")
    if for_training:
        x = layers.MaxPooling2D(name=f"{name}_pool")(x)
    x = layers.ReLU(name=f"{name}a_relu")(_norm(x, f"{name}a", fused=for_training))
    if not for_training:
        x = layers.MaxPooling2D(name=f"{name}_pool")(x)
    shortcut = x
    x = _norm(_convolution(x, width, f"{name}b"), f"{name}b", fused=for_training)
    x = layers.ReLU(name=f"{name}b_relu")(x)
    x = _norm(_convolution(x, width, f"{name}c"), f"{name}c", fused=for_training)
    x = layers.Add(name=f"{name}_add")([x, shortcut])
    return layers.ReLU(name=f"{name}_relu")(x)


def _convolution(x: keras.KerasTensor, width: int, name: str) -> keras.KerasTensor:
    return layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)


def _norm(x: keras.KerasTensor, name: str, *, fused: bool) -> keras.KerasTensor:
    kind = FusedBatchNormalization if fused else layers.BatchNormalization
    return kind(scale=False, momentum=0.8, epsilon=1e-5, name=f"{name}_norm")(x)


def initialise(model: keras.Model, normalised: NDArray[np.float32], seed: int) -> None:
    """Whitening kernels from pictures (n, height, width, channels); identity elsewhere."""
    rng = np.random.default_rng(seed)
    whiten = model.get_layer("whiten")
    whiten.set_weights([whitening_kernel(normalised), np.zeros(whiten.filters, np.float32)])
    whiten.kernel.trainable = False
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D) and layer is not whiten:
            layer.set_weights([_identity_kernel(layer.kernel.shape, rng)])


def whitening_kernel(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Kernels (2, 2, channels, 8 * channels) that decorrelate 2x2 patches of ``images``.

    Each eigenvector of the patch covariance comes twice, with both signs, for the ReLU behind it.
    """
    channels = images.shape[-1]
    height, width = images.shape[1] - 1, images.shape[2] - 1
    corners = [images[:, y : y + height, x : x + width] for y in (0, 1) for x in (0, 1)]
    flat = np.stack(corners, axis=3).reshape(-1, 4 * channels)
    eigenvalues, eigenvectors = np.linalg.eigh(flat.T @ flat / len(flat))
    scaled = eigenvectors / np.sqrt(np.maximum(eigenvalues, 0) + _EIGENVALUE_FLOOR)
    kernel = scaled.reshape(2, 2, channels, 4 * channels)
    return np.concatenate([kernel, -kernel], axis=-1).astype(np.float32)


def _identity_kernel(
    shape: tuple[int, int, int, int], rng: np.random.Generator
) -> NDArray[np.float32]:
    """The first filters pass their channel through, the others are random."""
    height, width, inputs, outputs = shape
    bound = 1 / np.sqrt(height * width * inputs)
    kernel = rng.uniform(-bound, bound, shape).astype(np.float32)
    same = min(inputs, outputs)
    kernel[:, :, :, :same] = 0
    kernel[height // 2, width // 2, range(same), range(same)] = 1
    return kernel


def export(
    trained: keras.Model, weights: Sequence[NDArray[np.float32]], normalisation: Normalisation
) -> keras.Model:
    """The float32 network for use, from the training network and its (averaged) weights.

    The normalisation goes into the first convolution and the logits' scale into the last layer;
    both are exact, as neither layer pads its input.
    """
    widths = [
        layer.filters
        for layer in trained.layers
        if isinstance(layer, layers.Conv2D) and layer.name.endswith("a_conv")
    ]
    model = build(trained.input_shape[1:], trained.output_shape[-1], widths, for_training=False)
    kernel, bias, *middle, head = weights
    per_pixel = kernel / normalisation.std[:, None]
    shift = (per_pixel * normalisation.mean[:, None]).sum(axis=(0, 1, 2))
    model.set_weights([per_pixel, bias - shift, *middle, head * np.float32(_LOGIT_SCALE)])
    return model
