"""What several tests do: Ctrl-C at a certain moment, torch.save's files, reading photos."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import types
from collections import OrderedDict

import numpy as np

from train.data.source import load
from train.run_folder import RunFolder

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def stop_after(monkeypatch, epochs):
    """Ctrl-C when ``epochs`` are done and everything of them is on the disk."""
    write = RunFolder.write_record

    def write_and_stop(self, *args):
        write(self, *args)
        progress = args[4]
        if progress.history and progress.epoch == epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(RunFolder, "write_record", write_and_stop)


def write_torch_file(path, tensors):
    """A .pth file of before version 1.6, made without PyTorch.

    ``tensors``: arrays by name; one that is a transposed view is stored as such, as by torch.
    """
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    # Classes and functions are pickled by their names alone, so stand-ins write the real file.
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    torch.LongStorage = type("LongStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2(*_):
        raise AssertionError("only its name is written")

    _rebuild_tensor_v2.__module__ = utils.__name__
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    before = dict(sys.modules)
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        path.write_bytes(_content(tensors, torch, _rebuild_tensor_v2))
    finally:
        for name in ("torch", "torch._utils"):
            sys.modules.pop(name)
        sys.modules.update(before)


def _content(tensors, torch, rebuild):
    storages = {str(1000 + i): array for i, array in enumerate(tensors.values())}

    class Tensor:
        def __init__(self, key, array):
            self.key, self.array = key, array

        def __reduce__(self):
            strides = tuple(s // self.array.itemsize for s in self.array.strides)
            arguments = Storage(self.key), 0, self.array.shape, strides, False, OrderedDict()
            return rebuild, arguments

    class Storage:
        def __init__(self, key):
            self.key = key

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if not isinstance(value, Storage):
                return None
            array = storages[value.key]
            kind = torch.LongStorage if array.dtype == np.int64 else torch.FloatStorage
            return ("storage", kind, value.key, "cpu", array.size, None)

    stream = io.BytesIO()
    for value in (_MAGIC, _PROTOCOL, {"little_endian": True}):
        pickle.dump(value, stream, 2)
    state = OrderedDict(
        (name, Tensor(key, tensors[name])) for name, key in zip(tensors, storages, strict=True)
    )
    Pickler(stream, 2).dump(state)
    pickle.dump(list(storages), stream, 2)
    for array in storages.values():
        # The memory as it lies, whatever the order of the axes.
        memory = array.ravel(order="K")
        stream.write(struct.pack("<q", memory.size) + memory.tobytes())
    return stream.getvalue()


def read_photos(folder, size=32, seed=0):
    """The data set of a folder of photos, each at ``size`` x ``size`` pixels."""
    return load(str(folder), size=size, seed=seed)
