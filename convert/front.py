"""Whether a model brings its own normalisation; for child processes only."""

from __future__ import annotations

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

_SCALES = ("Mul", "Sub", "RealDiv", "Div", "AddV2", "Add", "BiasAdd")
_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_WEIGHTS = ("Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2", "Einsum")


def scales_pixels(model: keras.Model) -> bool:
    """True when arithmetic stands between the input and the first layer with weights."""
    spec = tf.TensorSpec((1, *model.input_shape[1:]), model.inputs[0].dtype)
    # Without training=False, Keras' layers for augmentation would be at work.
    function = tf.function(lambda pixels: model(pixels, training=False)).get_concrete_function(spec)
    # Functions are inlined, so that a SavedModel shows its operators too.
    graph = convert_variables_to_constants_v2(function).graph
    (pixels,) = (tensor for tensor in graph.inputs if tensor.dtype != tf.resource)
    ahead = list(pixels.consumers())
    seen = set()
    while ahead:
        operator = ahead.pop()
        if operator.type in (*_SCALES, *_NORMS):
            return True
        if operator.type not in _WEIGHTS and operator.name not in seen:
            ahead += [next_ for tensor in operator.outputs for next_ in tensor.consumers()]
        seen.add(operator.name)
    return False
