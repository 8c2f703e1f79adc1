"""The command line of python -m convert.quantize."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from convert.conversion import CALIBRATED, Format, Io
from convert.gate import MAX_DROP
from convert.source import Normalization
from edge.errors import UsageError
from edge.normalization import InputRange
from edge.preprocess import Crop

_EPILOG = """\
A run folder holds all that is needed. Any other model needs its labels, pictures to calibrate on,
pictures to be judged on, and the normalisation that it was trained with, if that is not in it:

  python -m convert.quantize model.h5 --labels labels.txt --rescale -1..1 \\
      --representative photos/train --test photos/test
"""
_RANGES: dict[InputRange, Normalization | None] = {
    "0..255": None,
    "0..1": Normalization((0.0,), (255.0,)),
    "-1..1": Normalization((127.5,), (127.5,)),
}
_LAST_SEED = 2**32 - 1  # that NumPy and TensorFlow take alike
_OF_BARE_MODELS = ("labels", "test", "crop", "mean", "std", "rescale")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, each right in itself; argparse ends the process for others."""
    given = list(sys.argv[1:] if argv is None else argv)
    if "--rescale" in given[:-1]:
        # argparse takes "-1..1" for an option of its own.
        at = given.index("--rescale")
        given[at : at + 2] = [f"--rescale={given[at + 1]}"]
    return _build_parser().parse_args(given)


def check(args: argparse.Namespace) -> None:
    """Raises UsageError for values that make no sense, alone or together."""
    if args.samples < 1 or not 0 <= args.seed <= _LAST_SEED:
        raise UsageError(
            f"--samples: needs at least 1 picture, better 500; --seed: from 0 to {_LAST_SEED}"
        )
    if not 0 <= args.max_drop <= 100:
        raise UsageError("--max-drop: points of accuracy, 0 to 100; 0.5 if you leave it out")
    if args.rescue and args.format != "int8":
        raise UsageError(f"--rescue: is for int8 files, not {args.format}; leave one of them out")
    if not args.bias_correction and args.format not in CALIBRATED:
        raise UsageError(
            f"--no-bias-correction: nothing is corrected in a {args.format} file; leave it out"
        )
    if not args.bias_correction and args.rescue:
        raise UsageError(
            "--no-bias-correction: --rescue corrects the biases of all that it tries; leave one of"
            " them out"
        )
    if args.model is not None and args.run is not None:
        raise UsageError("--run: a model is named already; name one of them")
    if args.format != "int8" and args.io is not None:
        raise UsageError(
            f"--io: input and output of a {args.format} file are float32; leave it out"
        )


def refuse_run_options(args: argparse.Namespace) -> None:
    """Raises UsageError for options that a run folder answers itself."""
    for name in _OF_BARE_MODELS:
        if getattr(args, name) is not None:
            raise UsageError(
                f"--{name}: is for a model without a run folder, which says that itself; leave it"
                " out, or name the model"
            )


def normalization(args: argparse.Namespace) -> Normalization | None:
    """What ``--mean`` and ``--std`` or ``--rescale`` ask for; UsageError when they contradict."""
    if args.rescale is not None and (args.mean or args.std):
        raise UsageError("--rescale: says the same as --mean and --std; leave one of them out")
    if args.rescale is not None:
        return _RANGES[args.rescale]
    if (args.mean is None) != (args.std is None):
        raise UsageError("--mean and --std: each needs the other; --rescale needs neither")
    if args.mean is None:
        return None
    if max(args.std) <= 1:
        times = ",".join(f"{value * 255:g}" for value in args.std)
        raise UsageError(f"--std: pixels run from 0 to 255; give {times} (and --mean times 255)")
    return Normalization(args.mean, args.std)


def numbers(text: str) -> tuple[float, ...]:
    """``M`` or ``M,M,M``."""
    values = tuple(float(part) for part in text.split(","))
    if not all(math.isfinite(value) and value >= 0 for value in values):
        raise ValueError
    return values


def positive_numbers(text: str) -> tuple[float, ...]:
    values = numbers(text)
    if not all(values):
        raise ValueError
    return values


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m convert.quantize",
        description="Turn a float model into one quantized TFLite file, and prove it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "model",
        nargs="?",
        type=Path,
        help="run folder, .keras or .h5 file, or SavedModel folder; default: the newest run",
    )
    add("--run", type=Path, help="run folder that python -m train left")
    add("--runs", type=Path, default=Path("runs"), help="where the newest run is looked for")
    add("--output", type=Path, help="the file to write; default: model_FORMAT.tflite")
    add("--format", choices=get_args(Format), default="int8", help="default: %(default)s")
    add("--io", choices=get_args(Io), help="input and output of an int8 file; default: uint8")
    plain = "leave the biases as the converter rounds them, to see what correcting them gives"
    add("--no-bias-correction", dest="bias_correction", action="store_false", help=plain)
    _add_data(parser.add_argument_group("pictures"))
    _add_proof(parser.add_argument_group("proof"))
    _add_bare(parser.add_argument_group("for a model that is no run folder"))
    return parser


def _add_data(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--samples", type=int, default=500, help="to calibrate on; default: %(default)s")
    add("--seed", type=int, default=0, help="of their choice and the golden frames")
    chosen = "folder or .npz to calibrate on, instead of a run's own training pictures"
    add("--representative", type=Path, metavar="PATH", help=chosen)


def _add_proof(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    most = "points of accuracy that the file may lose against float32; default: %(default)s"
    add("--max-drop", type=float, default=MAX_DROP, metavar="POINTS", help=most)
    add("--rescue", action="store_true", help="when it loses more, look for a way that does not")
    newer = "write a file that tflite-runtime 2.14 does not load, for devices with LiteRT"
    add("--allow-newer", action="store_true", help=newer)
    quick = "judge the file alone: no other formats, no camera faults"
    add("--quick", action="store_true", help=quick)


def _add_bare(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--labels", type=Path, metavar="FILE", help="one label a line, in order of the outputs")
    held_out = "folder with class folders, or .npz, of pictures that the model has never seen"
    add("--test", type=Path, metavar="PATH", help=held_out)
    add("--crop", choices=get_args(Crop), help="how a frame becomes input; default: center")
    scale = "(pixel - mean) / std is what the model takes; one number, or one a channel"
    add("--mean", type=numbers, metavar="M[,M,M]", help=f"{scale}; from 0 to 255")
    add("--std", type=positive_numbers, metavar="S[,S,S]", help="see --mean")
    wanted = "what pixels 0 to 255 become for the model, if it does not do that itself"
    add("--rescale", choices=get_args(InputRange), help=wanted)
