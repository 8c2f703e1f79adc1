"""How a network is broken for int8 while float32 does not notice; for child processes only."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from convert.loading import load_model
from convert.rescue.channels import Channels, scalable_channels
from convert.rescue.fold import Array, fold, kernel_of, set_weights
from convert.rescue.graph import trace
from convert.rescue.training import labelled_training_pictures
from convert.subject import Subject

_SPIKE = 10_000.0
_FIRES = 1e-4  # share of the places in which a spiking channel is not silent
_SEEN = 200  # pictures that set its threshold
_EPOCHS, _BATCH, _RATE = 5, 100, 3e-3
_TRAINED_ON = 20_000


def make(net: str, subject: Subject, path: Path, seed: int) -> None:
    """Save the network ``net`` of benchmarks/broken.py, made from a run's, as ``path``."""
    rng = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    if net == "swish":
        model = trained_swish(subject, seed)
    else:
        model = fold(load_model(subject.source))
        if net == "huge-channels":
            huge_channels(model, rng)
        elif net == "one-huge-channel":
            one_huge_channel(model, rng)
        else:
            assert subject.calibration is not None
            rare_spikes(model, subject.calibration.pixels[:_SEEN])
    model.save(path)


def huge_channels(model: keras.Model, rng: np.random.Generator) -> None:
    """A quarter of all channels 100 to 1,000 times as large, undone by the layers behind them."""
    for place in scalable_channels(trace(model)):
        factors = np.ones(len(place.largest_written()), np.float32)
        chosen = rng.permutation(len(factors))[: len(factors) // 4]
        factors[chosen] = np.exp(rng.uniform(np.log(100), np.log(1000), len(chosen)))
        place.scale(factors)


def one_huge_channel(model: keras.Model, rng: np.random.Generator) -> None:
    """One channel of the first place 10,000 times as large: the least that breaks a network."""
    place = scalable_channels(trace(model))[0]
    factors = np.ones(len(place.largest_written()), np.float32)
    factors[rng.integers(len(factors))] = _SPIKE
    place.scale(factors)


def rare_spikes(model: keras.Model, pixels: NDArray[np.uint8]) -> None:
    """In each place with one writer, the channel read least becomes a dead one that spikes.

    Nothing reads it any more, so float32 loses what little it gave; but once in 10,000 places it
    fires, and then hugely, and the converter's range takes that in.
    """
    for place in scalable_channels(trace(model)):
        if len(place.writers) == 1:
            _add_spikes(model, place, pixels)


def _add_spikes(model: keras.Model, place: Channels, pixels: NDArray[np.uint8]) -> None:
    (layer,) = place.writers
    channel = int(place.largest_read().argmin())
    seen = keras.Model(model.input, layer.output).predict(pixels, verbose=0)[..., channel]
    threshold = np.quantile(seen, 1 - _FIRES)
    kernel, bias = kernel_of(layer), np.array(layer.bias)
    gain = _SPIKE / max(float(np.abs(seen).max()), 1e-3)
    kernel[..., channel] *= gain
    bias[channel] = (bias[channel] - threshold) * gain
    set_weights(layer, kernel, bias)
    for reader in place.readers:
        silenced = kernel_of(reader)
        if silenced.ndim == 3:
            silenced[..., channel] = 0
        else:
            silenced[..., channel, :] = 0
        set_weights(reader, silenced, np.array(reader.bias))


def trained_swish(subject: Subject, seed: int) -> keras.Model:
    """A small network in the manner of MobileNetV3 and EfficientNet, trained for 5 epochs.

    Depthwise convolutions, swish, squeeze and excite; one channel in 24 of each depthwise norm
    starts 30 times as large, as a few channels of large networks become.
    """
    pixels, class_ids = labelled_training_pictures(subject, _TRAINED_ON, seed)
    spec, rng = subject.spec, np.random.default_rng(seed)
    inputs = keras.Input((spec.height, spec.width, spec.channels), name="pixels")
    x = layers.Rescaling(1 / 127.5, -1)(inputs)
    x = _norm_swish(layers.Conv2D(24, 3, strides=2, padding="same", use_bias=False)(x))
    for expansion, width, strides in ((3, 24, 1), (4, 40, 2), (4, 40, 1), (4, 64, 2), (4, 64, 1)):
        x = _block(x, expansion * x.shape[-1], width, strides, rng)
    x = layers.Dense(len(subject.labels))(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, layers.Softmax()(x), name="swish")
    rate = keras.optimizers.schedules.CosineDecay(_RATE, _EPOCHS * len(pixels) // _BATCH)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(pixels, class_ids, batch_size=_BATCH, epochs=_EPOCHS, verbose=0)
    return model


def _block(
    x: keras.KerasTensor, inner: int, width: int, strides: int, rng: np.random.Generator
) -> keras.KerasTensor:
    shortcut = x
    x = _norm_swish(layers.Conv2D(inner, 1, use_bias=False)(x))
    x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
    norm = layers.BatchNormalization(momentum=0.9)
    x = layers.Activation("silu")(norm(x))
    gains: Array = np.ones(inner, np.float32)
    gains[rng.permutation(inner)[: max(1, inner // 24)]] = 30
    norm.gamma.assign(gains)
    squeezed = layers.GlobalAveragePooling2D(keepdims=True)(x)
    squeezed = layers.Conv2D(max(4, inner // 8), 1, activation="relu")(squeezed)
    x = layers.Multiply()([x, layers.Conv2D(inner, 1, activation="sigmoid")(squeezed)])
    x = layers.BatchNormalization(momentum=0.9)(layers.Conv2D(width, 1, use_bias=False)(x))
    return layers.Add()([x, shortcut]) if strides == 1 and shortcut.shape[-1] == width else x


def _norm_swish(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Activation("silu")(layers.BatchNormalization(momentum=0.9)(x))
