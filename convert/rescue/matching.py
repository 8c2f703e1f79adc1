"""Which tensor of a TFLite graph is which tensor of the Keras model: told by their values.

Names would do for today's converter, but it fuses layers and renames tensors as it likes. For
child processes only: imports Keras.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convert.rescue.graph import Graph, Ref, run

_TOLERANCE = 1e-3  # of a tensor's largest value


def match(
    graph: Graph, picture: NDArray[np.uint8], activations: dict[str, NDArray[np.float32]]
) -> dict[Ref, str]:
    """The name in ``activations`` of every tensor of ``graph`` that has one.

    ``activations`` are the file's tensors for ``picture`` (height, width, channels). What the
    converter fused away has none; nor has the output, whose int8 scale is fixed by the format.
    """
    values = run(graph, picture[np.newaxis].astype(np.float32))
    free, names = dict(activations), dict[Ref, str]()
    for step in graph.steps:
        ours = np.array(values[step.output])
        name = next((n for n, theirs in free.items() if _equal(ours, theirs)), None)
        if name is not None:
            del free[name]
            if step.output != graph.output:
                names[step.output] = name
    return names


def _equal(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> bool:
    if ours.squeeze().shape != theirs.squeeze().shape:
        return False
    difference = np.abs(ours.squeeze() - theirs.squeeze()).max()
    return bool(difference <= _TOLERANCE * max(np.abs(ours).max(), 1e-6))
