"""Show what a policy does to training pictures, before anything is trained.

python -m train.augment --data photos/ --augment camera --out sheet.png
python -m train.augment --data cifar10 --augment none --noise 8 --out noise.png
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.quiet import quiet

# Recipes and some data sets come through Keras; its start-up lines speak of missing GPUs.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with quiet():
        import keras  # noqa: F401
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name}: not installed; pip install -r requirements-train.txt")

from edge.cli import run_command
from edge.errors import UsageError
from train.augment.options import add_policy_options, policy_of
from train.augment.policy import POLICIES, Policy
from train.augment.sheet import draw_sheet, write_sheet
from train.choice import AUTO, LARGEST_SIZE, choose
from train.data.dataset import Dataset, stratified
from train.data.names import NAMES
from train.data.options import check_seed
from train.data.source import load

_SUFFIXES = (".png", ".jpg", ".jpeg")
_MOST = 32  # pictures in a sheet


def run(args: argparse.Namespace) -> None:
    """Draw the sheet of some training pictures and write it."""
    policy_of(args, POLICIES["none"])  # wrong options are told before pictures are read
    _check(args)
    dataset = load(args.data, photo_size=args.size, seed=args.seed)
    policy = policy_of(args, _usual(args.data, dataset))
    images = dataset.train.take(stratified(dataset.train, args.count, args.seed))
    names = [dataset.labels[class_id] for class_id in images.class_ids]
    write_sheet(args.out, draw_sheet(images.pixels, names, policy, args.seed))
    print(f"{policy.summary()}\nlook at {args.out}")


def _usual(data: str, dataset: Dataset) -> Policy:
    """What python -m train does to these pictures where no option names a recipe."""
    nothing = argparse.Namespace(
        data=data, size=None, recipe=None, preset=AUTO, architecture=None, flip=None, augment=None
    )
    return choose(nothing).for_arrays(dataset).recipe.augment


def _check(args: argparse.Namespace) -> None:
    """Everything that can be wrong before the pictures are read."""
    if args.out.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"{args.out}: no picture format; end the sheet's name in .png or .jpg")
    if args.out.is_dir():
        raise UsageError(f"{args.out}: is a folder; name a file, such as {args.out}/sheet.png")
    if not 1 <= args.count <= _MOST:
        raise UsageError(f"--count: must be from 1 to {_MOST}")
    check_seed(args.seed)
    if not 1 <= args.size <= LARGEST_SIZE:
        raise UsageError(f"--size: must be from 1 to {LARGEST_SIZE} pixels")


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m train.augment."""
    parser = argparse.ArgumentParser(
        prog="python -m train.augment",
        description="Draw training pictures as a policy changes them.",
    )
    add = parser.add_argument
    add("--data", default="cifar10",
        help=f"{', '.join(NAMES)}, an .npz file, or a folder of class folders"
        " (default cifar10)")  # fmt: skip
    add("--out", type=Path, default=Path("sheet.png"), metavar="FILE",
        help="the sheet, .png or .jpg (default sheet.png)")  # fmt: skip
    add("--count", type=int, default=4, metavar="N", help="pictures to show (default 4)")
    add("--size", type=int, default=160, metavar="N",
        help="side in pixels that a folder's photos get (default 160)")  # fmt: skip
    add(
        "--seed", type=int, default=0, metavar="N", help="of the choice and the changes (default 0)"
    )
    add_policy_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
