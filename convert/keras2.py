"""Legacy .h5 files in the words of Keras 3: what Keras 2 wrote differently is put right."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py

_CONFIG = "model_config"
_MODELS = ("Functional", "Model", "Sequential")


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """A copy of the .h5 file that Keras 3 reads, until the block ends; OSError for no HDF5 file."""
    with TemporaryDirectory(prefix="keras2-") as scratch:
        copy = Path(shutil.copyfile(path, Path(scratch) / "model.h5"))
        with h5py.File(copy, "r+") as file:
            if _CONFIG not in file.attrs:
                raise ValueError("it holds weights only; save the whole model with model.save()")
            config = json.loads(file.attrs[_CONFIG])
            _translate(config)
            file.attrs[_CONFIG] = json.dumps(config)
        yield copy


def _translate(node: Any) -> None:
    """Change the configuration of every layer in ``node``, in place."""
    if isinstance(node, list):
        for part in node:
            _translate(part)
        return
    if not isinstance(node, dict):
        return
    kind, config = node.get("class_name"), node.get("config")
    if str(node.get("module", "")).startswith("tf_keras.") or kind in _MODELS:
        # Named by their class alone they are found; Keras 2's modules are gone.
        node.pop("module", None)
        node.pop("registered_name", None)
    if isinstance(config, dict):
        if kind == "DepthwiseConv2D" and config.get("groups") == 1:
            del config["groups"]
        if kind == "BatchNormalization" and isinstance(config.get("axis"), list):
            (config["axis"],) = config["axis"]
        for ends in ("input_layers", "output_layers"):
            # A list of one end would make a list of the tensor, which no layer behind it takes.
            if kind in _MODELS and _is_list_of_one(config.get(ends)):
                (config[ends],) = config[ends]
    for part in node.values():
        _translate(part)


def _is_list_of_one(ends: Any) -> bool:
    return isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], list)
