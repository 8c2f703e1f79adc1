"""Which recipe a training gets, and why: what the user names, or what suits the pictures."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge.errors import SourceError, UsageError
from edge.pictures import PICTURE_SUFFIXES, read_picture
from train.data.dataset import Dataset
from train.data.names import NAMES
from train.presets import PRESETS, preset_of, read_recipe, recipe_for
from train.recipe import KINDS, Recipe

AUTO = "auto"
LARGEST_SIZE = 2048  # pixels; a hundred photos of that side are 1.3 GB

_SMALL = 64  # pixels; above that side, what ImageNet taught is worth more than speed
_BACKBONE_SIZE = 224  # what ImageNet weights were trained at
_SMALLEST_SIZE = 32
_LOOKED_AT = 15  # pictures of a folder, to know its size


@dataclass(frozen=True)
class Choice:
    """A recipe, its name, and why it was taken."""

    name: str
    recipe: Recipe
    why: str
    size: int | None  # side in pixels that pictures get; None: arrays stay as they are
    automatic: bool = False  # nothing was named: what the pictures show may still change it
    flips_asked: bool = False  # by an option, or by a file that is taken as it is

    def for_arrays(self, dataset: Dataset) -> Choice:
        """The same, or what suits the pictures themselves better, at their own size if arrays.

        A recipe that was named stays, but nobody who names one thinks of its flips.
        """
        spec = dataset.spec
        side = min(spec.width, spec.height)
        if not self.automatic or self.recipe.head:
            return self._without_flips() if self._must_not_flip(dataset) else self
        if _has_a_side(dataset):
            return replace(
                self, name="digits", recipe=PRESETS["digits"],
                why="grey pictures, such as digits, must not be mirrored",
            )  # fmt: skip
        if spec.channels == 3 and side > _SMALL:
            return replace(
                self, name="photos", recipe=PRESETS["photos"],
                why=f"pictures of more than {_SMALL} pixels learn best from ImageNet's weights",
            )  # fmt: skip
        return self

    def _must_not_flip(self, dataset: Dataset) -> bool:
        unasked = self.recipe.augment.flip != "none" and not self.flips_asked
        return unasked and _has_a_side(dataset)

    def _without_flips(self) -> Choice:
        return replace(
            self,
            recipe=self.recipe.changed({"augment.flip": "none"}),
            why=f"{self.why}; grey pictures, such as digits, are not mirrored (unless --flip says"
            " so)",
        )


def choose(args: argparse.Namespace) -> Choice:
    """What ``--recipe``, ``--preset`` or ``--architecture`` name, else what suits ``--data``."""
    folder = Path(args.data)
    is_folder = bool(args.data.strip()) and args.data not in NAMES and folder.is_dir()
    side = _typical_side(folder) if is_folder and args.size is None else args.size
    if args.recipe:
        recipe, name, why = read_recipe(args.recipe), str(args.recipe), "--recipe names it"
    elif args.preset != AUTO:
        recipe, name, why = PRESETS[args.preset], args.preset, "--preset names it"
    elif args.architecture:
        recipe, name = recipe_for(args.architecture), preset_of(args.architecture)
        why = "it suits --architecture"
    elif is_folder and (side is None or side > _SMALL):
        recipe, name = PRESETS["photos"], "photos"
        why = "a folder of photos learns best from ImageNet's weights"
    else:
        recipe, name, why = PRESETS["default"], "default", "it learns small pictures from nothing"
    if args.architecture:
        recipe = _with_architecture(recipe, args.architecture, name)
    size: int | None
    if args.size is not None or not is_folder:
        size = args.size
    elif recipe.head:
        size = _BACKBONE_SIZE
    else:
        size = min(_SMALL, max(_SMALLEST_SIZE, side or _SMALL))
    automatic = not (args.recipe or args.architecture or args.preset != AUTO)
    flips_asked = bool(args.recipe or args.flip or args.augment)
    return Choice(name, recipe, why, size, automatic, flips_asked)


def _with_architecture(recipe: Recipe, architecture: str, name: str) -> Recipe:
    """The recipe with another architecture of the same kind."""
    if architecture == recipe.architecture:
        return recipe
    if KINDS[architecture] != recipe.kind:
        raise UsageError(
            f"--architecture: recipe {name} is for {recipe.architecture}, and {architecture} is"
            " trained in another way; name one of the two"
        )
    return replace(recipe, architecture=architecture, network=recipe_for(architecture).network)


def _has_a_side(dataset: Dataset) -> bool:
    """Whether a mirror image may be another thing: of grey pictures, clothes alone surely not."""
    return dataset.name != "fashion-mnist" and _is_grey(dataset)


def _is_grey(dataset: Dataset) -> bool:
    """Whether no picture has a colour, be it kept in one channel or in three."""
    pixels = dataset.train.pixels
    return dataset.spec.channels == 1 or (
        pixels.shape[-1] == 3 and all((picture == picture[..., :1]).all() for picture in pixels)
    )


def _typical_side(folder: Path) -> int | None:
    """The median of the longer sides of some pictures below ``folder``; None without any."""
    found = sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file()
    )
    sides = []
    for path in found[:: max(1, len(found) // _LOOKED_AT)]:
        try:
            sides.append(max(read_picture(path).shape[:2]))
        except SourceError:
            continue  # the loading of the data will tell
    return int(np.median(sides)) if sides else None
