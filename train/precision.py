"""bfloat16 where the processor computes with it, float32 elsewhere."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras

from train.recipe import Kind

# Units that multiply bfloat16 directly, as the kernel names them (x86: AVX-512, AMX; Arm: BF16).
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


def precision_for(kind: Kind) -> str:
    """What ``--precision auto`` is for this kind of network on this processor.

    TensorFlow emulates bfloat16 in depthwise convolutions: a backbone's step takes 1.6 times the
    time of float32.
    """
    return "float32" if kind == "backbone" else choose_precision()


def choose_precision(cpu_flags: frozenset[str] | None = None) -> str:
    """``mixed_bfloat16`` on a processor with bfloat16 units, else ``float32``.

    Without such units TensorFlow emulates bfloat16 and is slower than in float32.
    """
    flags = read_cpu_flags() if cpu_flags is None else cpu_flags
    return "mixed_bfloat16" if flags & _BFLOAT16_FLAGS else "float32"


def read_cpu_flags() -> frozenset[str]:
    """The processor's feature flags; empty where the system does not list them."""
    if platform.system() != "Linux":
        return frozenset()
    for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return frozenset()


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Layers built in the block get this Keras dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
