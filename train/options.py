"""The command line of python -m train, and what it says as a recipe."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edge.errors import UsageError
from train.architectures.mobilenet_v2 import ALPHAS
from train.precision import choose_precision
from train.recipe import BACKBONES, AnyRecipe, Recipe, TransferRecipe

DEFAULT = "whitened"
_SIZE, _BACKBONE_SIZE = 64, 224  # the second is what ImageNet weights were trained at


def recipe_of(args: argparse.Namespace) -> AnyRecipe:
    """The recipe that the options ask for; UsageError when it cannot train."""
    changes = {
        "epochs": args.epochs,
        "batch_size": args.batch_size,
        "learning_rate": args.learning_rate,
        "shift": args.shift,
        "erase": args.erase,
        "flip": False if args.no_flip else None,
    }
    recipe: AnyRecipe
    if args.architecture == DEFAULT:
        _refuse(args, "weights", "alpha", only=" or ".join(BACKBONES))
        recipe = Recipe().replace(**changes, widths=args.widths)
    else:
        _refuse(args, "widths", only=DEFAULT)
        if args.architecture != "mobilenet-v2":
            _refuse(args, "alpha", only="mobilenet-v2")
        recipe = TransferRecipe(args.architecture).replace(**changes, alpha=args.alpha)
    recipe.check()
    return recipe


def _refuse(args: argparse.Namespace, *names: str, only: str) -> None:
    for name in names:
        if getattr(args, name) is not None:
            raise UsageError(
                f"--{name}: means nothing to --architecture {args.architecture}; it is for {only}"
            )


def options_of(args: argparse.Namespace) -> dict[str, Any]:
    """What besides the recipe decides a run's numbers."""
    default = args.architecture == DEFAULT
    size = args.size if args.size is not None else _SIZE if default else _BACKBONE_SIZE
    if args.seed < 0 or size < 1:
        raise UsageError("--seed: must be 0 or more, and --size 1 or more")
    precision = args.precision
    if precision == "auto":
        # TensorFlow emulates bfloat16 in depthwise convolutions: 1.6 times the time of float32.
        precision = choose_precision() if default else "float32"
    return {
        "data": args.data if args.data == "cifar10" else str(Path(args.data).resolve()),
        "labels": str(args.labels.resolve()) if args.labels else None,
        "weights": None if default else _weights(args.weights),
        "size": size,
        "seed": args.seed,
        "precision": precision,
    }


def _weights(given: str | None) -> str:
    """``imagenet``, or a file's whole path, so that --resume works from anywhere."""
    if given is None or given == "imagenet":
        return "imagenet"
    return str(Path(given).resolve())


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not N,N,N such as 64,256,256") from None


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m train."""
    default, backbone = Recipe(), TransferRecipe()
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train a CNN on photos; leaves a run folder for python -m convert.quantize.",
    )
    add = parser.add_argument
    add("--data", default="cifar10",
        help="cifar10 (default), an .npz file, or a folder of class folders")  # fmt: skip
    add("--labels", type=Path, help="text file with a class name a line, for an .npz without names")
    add("--architecture", choices=(DEFAULT, *BACKBONES), default=DEFAULT,
        help=f"{DEFAULT} (default) learns from nothing, the others from --weights")  # fmt: skip
    add("--weights", metavar="imagenet|FILE",
        help="what a backbone starts from: imagenet (default; MobileNetV2's are downloaded,"
        " EfficientNet-Lite0's are a package), or a file of such weights")  # fmt: skip
    add("--alpha", type=float, choices=ALPHAS, metavar="A",
        help=f"width of mobilenet-v2: one of {ALPHAS} (default {backbone.alpha})")  # fmt: skip
    add("--size", type=int, metavar="N",
        help=f"side in pixels that a folder's photos get (default {_SIZE}; {_BACKBONE_SIZE} for a"
        " backbone)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N",
        help="of the split, the network, the order and the changes (default 0)")  # fmt: skip
    add("--runs", type=Path, default=Path("runs"),
        help="where run folders are made (default runs)")  # fmt: skip
    add("--resume", nargs="?", const=True, type=Path, metavar="RUN",
        help="go on with this run folder, or with the newest unfinished one")  # fmt: skip
    _add_recipe(parser, default, backbone)
    add("--precision", choices=("auto", "float32", "mixed_bfloat16"), default="auto",
        help="auto (default) takes bfloat16 where processor and network gain from it")  # fmt: skip
    return parser


def _add_recipe(parser: argparse.ArgumentParser, default: Recipe, backbone: TransferRecipe) -> None:
    """One option for each hyperparameter that people change."""
    group = parser.add_argument_group("recipe", "defaults of the default network; of a backbone")
    add = group.add_argument

    def defaults(name: str) -> str:
        return f"({getattr(default, name)}; {getattr(backbone, name)})"

    add("--epochs", type=int, metavar="N",
        help=f"passes over the training pictures; 0 trains a backbone's head only"
        f" {defaults('epochs')}")  # fmt: skip
    add("--batch-size", type=int, metavar="N",
        help=f"pictures a step, fewer for a small data set {defaults('batch_size')}")  # fmt: skip
    add("--learning-rate", type=float, metavar="R",
        help=f"peak rate; the default network's is for batches of 1,000"
        f" {defaults('learning_rate')}")  # fmt: skip
    add("--widths", type=_widths, metavar="N,N,N",
        help=f"filters of each stage {default.widths}; not of a backbone")  # fmt: skip
    add("--shift", type=int, metavar="N",
        help=f"random shift in 32nds of the picture {defaults('shift')}")  # fmt: skip
    add("--erase", type=int, metavar="N",
        help=f"erased square in 32nds of the picture {defaults('erase')}")  # fmt: skip
    add("--no-flip", action="store_true", help="do not mirror pictures (digits, letters)")
