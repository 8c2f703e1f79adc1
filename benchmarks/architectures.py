"""What each architecture costs: python benchmarks/architectures.py [NAME ...].

Builds it with random weights and ten classes at its usual input size, converts it to int8 and
prints a row of docs/architectures.md: parameters, products, bytes, and who takes the file. Training
changes none of these.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edge.quiet import quiet

with quiet():
    import keras
import numpy as np

from convert.compatibility import judge
from convert.conversion import convert
from convert.source import ModelSource
from edge.cli import run_command
from edge.errors import UsageError
from train.architectures import (
    classifier,
    compact,
    dense,
    efficientnet_lite0,
    mobilenet_v2,
    mobilenet_v3,
    plain,
    whitened,
)
from train.architectures.cost import multiply_accumulates

Shape = tuple[int, int, int]  # height, width, channels

_CLASSES = 10
_GREY, _COLOUR, _PHOTO = (28, 28, 1), (32, 32, 3), (224, 224, 3)
_HEADER = (
    "| `--architecture` | input | parameters | multiply-accumulates | int8 bytes |"
    " tflite-runtime 2.14 | LiteRT | Edge TPU |\n|---|---|---|---|---|---|---|---|"
)


def _of_backbone(build: Callable[[Shape], keras.Model]) -> Callable[[Shape], keras.Model]:
    return lambda shape: classifier.build(build(shape), _CLASSES)


def _v3(size: mobilenet_v3.Size) -> Callable[[Shape], keras.Model]:
    return _of_backbone(lambda shape: mobilenet_v3.build(shape, size, 1.0))


def _plain(name: str) -> Callable[[Shape], keras.Model]:
    return lambda shape: plain.build(shape, _CLASSES, plain.NETS[name])


NETWORKS: dict[str, tuple[Shape, Callable[[Shape], keras.Model]]] = {
    "dense": (_GREY, lambda shape: dense.build(shape, _CLASSES, dense.DenseNet())),
    "digits-cnn": (_GREY, _plain("digits-cnn")),
    "cifar-cnn": (_COLOUR, _plain("cifar-cnn")),
    "wide-cnn": (_COLOUR, _plain("wide-cnn")),
    "whitened": (
        _COLOUR,
        lambda shape: whitened.build(shape, _CLASSES, (64, 256, 256), for_training=False),
    ),
    "compact": (
        _COLOUR,
        lambda shape: compact.build(shape, _CLASSES, compact.CompactNet(), for_training=False),
    ),
    "mobilenet-v2": (_PHOTO, _of_backbone(lambda shape: mobilenet_v2.build(shape, 0.35))),
    **{f"mobilenet-v3-{size}": (_PHOTO, _v3(size)) for size in mobilenet_v3.SIZES},
    "efficientnet-lite0": (_PHOTO, _of_backbone(efficientnet_lite0.build)),
}


def run(args: argparse.Namespace) -> None:
    """Print one row a network."""
    unknown = set(args.names) - NETWORKS.keys()
    if unknown:
        raise UsageError(f"{min(unknown)}: no such network; known are {', '.join(NETWORKS)}")
    print(_HEADER)
    for name in args.names or NETWORKS:
        print(row(name), flush=True)


def row(name: str) -> str:
    """The figures of one of NETWORKS, as a row of a Markdown table."""
    shape, build = NETWORKS[name]
    keras.utils.set_random_seed(0)
    model = build(shape)
    _as_if_trained(model)
    data = int8_file(model)
    old, new, _, edge_tpu = (("yes" if v.takes else "no") for v in judge(data))
    size = "x".join(map(str, shape))
    return (
        f"| `{name}` | {size} | {model.count_params():,} | {multiply_accumulates(model):,} |"
        f" {len(data):,} | {old} | {new} | {edge_tpu} |"
    )


def _as_if_trained(model: keras.Model) -> None:
    """Random biases and norms: the converter keeps vectors that are all alike only once."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if len(weight.shape) == 1:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))


def int8_file(model: keras.Model) -> bytes:
    """The flatbuffer of ``model``, without labels and card, calibrated on noise."""
    noise = np.random.default_rng(0).integers(0, 256, (4, *model.input_shape[1:]), np.uint8)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.keras"
        model.save(path)
        return convert(ModelSource(path), "int8", noise).data


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/architectures.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/architectures.py",
        description="What each architecture costs as an int8 file.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
