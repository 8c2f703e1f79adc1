"""bfloat16 where the processor is faster with it, float32 elsewhere."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import keras
import tensorflow as tf

from train.recipe import Kind

# Units that multiply bfloat16 directly, as the kernel names them (x86: AVX-512, AMX; Arm: BF16).
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
_LEAST_GAIN = 1.1  # less is not worth the coarser numbers, and might be chance
_ROUNDS = 5


def precision_for(kind: Kind) -> str:
    """What ``--precision auto`` is for this kind of network on this processor.

    TensorFlow emulates bfloat16 in depthwise convolutions: a backbone's step takes 1.6 times the
    time of float32.
    """
    return "float32" if kind == "backbone" else choose_precision(read_cpu_flags(), bfloat16_gain)


def choose_precision(cpu_flags: frozenset[str], gain: Callable[[], float]) -> str:
    """``mixed_bfloat16`` on a processor that has units for it and gains by them, else ``float32``.

    Without such units TensorFlow emulates bfloat16. With them it is measured: of the processors
    with AVX-512 BF16 an AMD EPYC gains a third, an Intel Xeon without AMX loses nearly half.
    """
    if not cpu_flags & _BFLOAT16_FLAGS:
        return "float32"
    return "mixed_bfloat16" if gain() >= _LEAST_GAIN else "float32"


@cache
def bfloat16_gain() -> float:
    """How many times as fast as in float32 a convolution is learned in bfloat16; under a second.

    The fastest of five rounds each, in turn: what else the machine does only makes a round slower.
    """
    steps = [_learning_step(dtype) for dtype in (tf.float32, tf.bfloat16)]
    times: list[list[float]] = [[], []]
    for _ in range(1 + _ROUNDS):
        for step, taken in zip(steps, times, strict=True):
            start = time.perf_counter()
            step().numpy()
            taken.append(time.perf_counter() - start)
    in_float32, in_bfloat16 = (min(taken[1:]) for taken in times)  # the first one builds the graph
    return in_float32 / in_bfloat16


def _learning_step(dtype: tf.DType) -> Callable[[], tf.Tensor]:
    """A function that takes a 3x3 convolution forward and back, once a call."""
    x = tf.ones((32, 16, 16, 64), dtype)
    kernel = tf.ones((3, 3, 64, 128), dtype)

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch((x, kernel))
            y = tf.reduce_sum(tf.nn.conv2d(x, kernel, 1, "SAME"))
        return sum(tf.reduce_sum(gradient) for gradient in tape.gradient(y, (x, kernel)))

    return step


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
