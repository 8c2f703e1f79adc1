"""Runs in a process of its own: a file's raw output tensors by one interpreter with one set of
kernels, for both would define the same symbols.

    python raw_outputs.py MODEL INPUTS.npy OUTPUTS.npy MODULE KERNELS

INPUTS.npy is (n, height, width, channels) in the input's own type. MODULE is where Interpreter is,
KERNELS an OpResolverType: AUTO has XNNPACK, BUILTIN_REF has none and is written to be read.
"""

from __future__ import annotations

import importlib
import sys

import numpy as np

# In TensorFlow and its successors alike; tf.lite itself does not export it.
_RESOLVER_TYPE = "OpResolverType"


def main(model: str, inputs: str, outputs: str, module: str, kernels: str) -> None:
    found = importlib.import_module(module)
    resolver = getattr(getattr(found, _RESOLVER_TYPE), kernels)
    interpreter = found.Interpreter(
        model_path=model, num_threads=1, experimental_op_resolver_type=resolver
    )
    interpreter.allocate_tensors()
    (given,), (wanted,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for picture in np.load(inputs):
        interpreter.set_tensor(given["index"], picture[np.newaxis])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(wanted["index"]).ravel())
    np.save(outputs, np.stack(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
