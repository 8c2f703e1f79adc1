"""Makes the tiny models beside it: python -m tests.edge.models.make_models makes them again.

Most tell red, green and blue frames apart: the mean of each colour, times 8 where pixels are 0 to
1, is the class's logit, so that every score can be computed by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import flatbuffers
import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from convert.graph.biases import with_biases

HERE = Path(__file__).parent
SIZE = 8  # pixels, width and height
LOGITS_PER_UNIT = 8.0


def colours(*, pixel_scale: float, probabilities: bool, channels: int = 3) -> keras.Model:
    """The mean of each channel, divided by ``pixel_scale``, times LOGITS_PER_UNIT."""
    frames = keras.Input((SIZE, SIZE, channels), batch_size=1)
    means = keras.layers.GlobalAveragePooling2D()(frames)
    classes = max(2, channels)
    dense = keras.layers.Dense(classes, activation="softmax" if probabilities else None)
    model = keras.Model(frames, dense(means))
    kernel = np.eye(channels, classes, dtype=np.float32) * (LOGITS_PER_UNIT / pixel_scale)
    bias = np.zeros(classes, np.float32)
    if channels == 1:  # bright against dark: even at mid-grey
        bias[1] = LOGITS_PER_UNIT / 2
    dense.set_weights([kernel, bias])
    return model


def convert(
    model: keras.Model,
    io: tf.DType = tf.float32,
    highest_pixel: float = 255.0,
    biases: bool = True,
) -> bytes:
    """Float32 TFLite, or full int8 with inputs and outputs of type ``io``.

    Without ``biases``, an int8 file is one that tflite-runtime crashes on, on ARM.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if io != tf.float32:
        shape = model.input_shape

        def calibration() -> Iterator[list[np.ndarray]]:
            yield [np.zeros(shape, np.float32)]
            yield [np.full(shape, highest_pixel, np.float32)]
            for channel in range(shape[-1]):
                frame = np.zeros(shape, np.float32)
                frame[..., channel] = highest_pixel
                yield [frame]

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = calibration
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = io
    data = converter.convert()
    return with_biases(data) if biases else data


def from_function(
    function: Callable[..., object],
    *shapes: tuple[int | None, ...],
    flex: bool = False,
    custom: bool = False,
) -> bytes:
    """Float32 TFLite of a function; ``flex`` and ``custom`` allow operators beyond TFLite's."""
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    concrete = tf.function(function, input_signature=specs).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    converter.allow_custom_ops = custom
    if flex:
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS,
            tf.lite.OpsSet.SELECT_TF_OPS,
        ]
    return converter.convert()


def with_normalization(model: bytes, mean: list[float], std: list[float]) -> bytes:
    """The model with TFLite Metadata that hold nothing but NormalizationOptions."""
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(mean, std), np.uint8)
    entry = schema.MetadataT()
    entry.name = "TFLITE_METADATA"
    entry.buffer = len(parsed.buffers)
    parsed.buffers.append(buffer)
    parsed.metadata = [*(parsed.metadata or []), entry]
    builder = flatbuffers.Builder(len(model))
    builder.Finish(parsed.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(mean: list[float], std: list[float]) -> bytes:
    """ModelMetadata > SubGraphMetadata > TensorMetadata > ProcessUnit > NormalizationOptions."""
    builder = flatbuffers.Builder(256)

    def floats(values: list[float]) -> int:
        builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            builder.PrependFloat32(value)
        return builder.EndVector()

    def table(number_of_fields: int, fields: dict[int, int], union_type: int = 0) -> int:
        builder.StartObject(number_of_fields)
        if union_type:
            builder.PrependUint8Slot(0, union_type, 0)
        for number, offset in fields.items():
            builder.PrependUOffsetTRelativeSlot(number, offset, 0)
        return builder.EndObject()

    def vector_of(offset: int) -> int:
        builder.StartVector(4, 1, 4)
        builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()

    options = table(2, {0: floats(mean), 1: floats(std)})
    unit = table(2, {1: options}, union_type=1)
    tensor = table(7, {4: vector_of(unit)})
    graph = table(5, {2: vector_of(tensor)})
    builder.Finish(table(8, {3: vector_of(graph)}), b"M001")
    return bytes(builder.Output())


def main() -> None:
    picture = (1, SIZE, SIZE, 3)
    raw = colours(pixel_scale=255.0, probabilities=True)
    unit = colours(pixel_scale=1.0, probabilities=True)
    logits = colours(pixel_scale=255.0, probabilities=False)
    unit_float = convert(unit)
    models = {
        "colours_float": convert(raw),
        "colours_uint8": convert(raw, tf.uint8),
        "colours_int8": convert(raw, tf.int8),
        "no_bias_int8": convert(raw, tf.int8, biases=False),
        "colours_unit_range_int8": convert(unit, tf.int8, highest_pixel=1.0),
        "colours_unit_range_float": unit_float,
        "colours_normalized_float": with_normalization(unit_float, [0.0], [255.0]),
        "colours_normalized_by_channel_float": with_normalization(
            unit_float, [0.0, 51.0, 102.0], [255.0, 255.0, 127.5]
        ),
        "colours_logits_float": convert(logits),
        "colours_logits_int8": convert(logits, tf.int8),
        "grey_uint8": convert(colours(pixel_scale=255.0, probabilities=True, channels=1), tf.uint8),
        "sigmoids_float": from_function(
            lambda x: tf.sigmoid(tf.reduce_mean(x, [1, 2]) / 255.0), picture
        ),
        "handmade_softmax_float": from_function(
            lambda x: (lambda e: e / tf.reduce_sum(e))(
                tf.exp(tf.reduce_mean(x, [1, 2]) * (LOGITS_PER_UNIT / 255.0))
            ),
            picture,
        ),
        "wide_output_float": from_function(
            lambda x: tf.reshape(
                tf.nn.softmax(tf.reduce_mean(x, [1, 2]) * (LOGITS_PER_UNIT / 255.0)), (1, 1, 1, 3)
            ),
            picture,
        ),
        "detector": from_function(
            lambda x: [tf.reduce_mean(x, [1, 2]) * factor for factor in (1.0, 2.0, 3.0, 4.0)],
            picture,
        ),
        "two_inputs": from_function(
            lambda x, y: tf.nn.softmax(tf.reduce_mean(x + y, [1, 2])), picture, picture
        ),
        "vector_input": from_function(tf.nn.softmax, (1, 10)),
        "four_channels": from_function(
            lambda x: tf.nn.softmax(tf.reduce_mean(x, [1, 2])), (1, SIZE, SIZE, 4)
        ),
        "batch_of_two": from_function(
            lambda x: tf.nn.softmax(tf.reduce_mean(x, [1, 2])), (2, SIZE, SIZE, 3)
        ),
        "free_size": from_function(
            lambda x: tf.nn.softmax(tf.reduce_mean(x, [1, 2])), (1, None, None, 3)
        ),
        "segmentation": from_function(tf.nn.softmax, picture),
        "one_score": from_function(
            lambda x: tf.sigmoid(tf.reduce_mean(x, [1, 2, 3]))[None], picture
        ),
        "class_number": from_function(
            lambda x: tf.tile(tf.argmax(tf.reduce_mean(x, [1, 2]), 1)[None], (1, 2)), picture
        ),
        "flex_operator": from_function(
            lambda x: tf.nn.softmax(tf.linalg.inv(tf.linalg.diag(tf.reduce_mean(x, [1, 2])))[:, 0]),
            picture,
            flex=True,
        ),
        "custom_operator": from_function(
            lambda x: tf.nn.softmax(tf.math.bessel_i0(tf.reduce_mean(x, [1, 2]))),
            picture,
            custom=True,
        ),
    }
    for name, data in models.items():
        (HERE / f"{name}.tflite").write_bytes(data)
        print(f"{name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
