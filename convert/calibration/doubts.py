"""Doubts about representative pictures, each in one sentence that says why it matters."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from convert.calibration.chosen import Calibration
from convert.calibration.statistics import Statistics, statistics
from convert.pictures import Pictures
from edge.preprocess import FrameToInput, to_pixels

# "around ~100-500 samples": TensorFlow's guide to post-training quantization.
_FEWEST = 100
_FEWEST_OF_EVEN_SHARE = 0.2  # a class has fewer than this share of what all would have evenly
_USELESS_SHARE = 0.02  # of pictures that show nothing
_GREY_SHARE = 0.2  # more grey pictures than the training has
_SMALL_SHARE, _SMALL_SCALE = 0.1, 0.5  # pictures that were enlarged to more than twice their size
# Differences of the means, in standard deviations of the training pictures. Sets that do belong to
# them stay below 0.47 (50 pictures), 0.36 (100) and 0.17 (500): the largest of 60 draws of each
# from CIFAR-10 and from TrashNet. Beyond it lie swapped channels (0.70 and 1.48), darker pictures
# (x 0.7: 1.2 and 2.5), blur (1.8), one data set for the other (1.3 and 2.1), the clip of a still
# camera (2.4 and 1.2).
_MOST_SHIFT, _NOISE = 0.6, 4.2
# Deviations, compared with those of the training pictures: 0.62 at least in these draws of 50, 0.31
# at most for each of the three clips.
_LEAST_VARIETY = 0.4
_LEAST_SPREAD = 2.0  # levels: a smaller deviation is no measure (a grey picture's colours: 0)
_NAMED = 3


def doubts(calibration: Calibration, reference: Pictures | None) -> tuple[str, ...]:
    """What may be wrong with the pictures, compared with those that the model learned from.

    ``reference`` are training pictures, None when they are unknown.
    """
    ours = statistics(calibration.pixels)
    theirs = None
    if reference is not None:
        height, width, channels = calibration.pixels.shape[1:]
        spec = FrameToInput(width=width, height=height, channels=channels)
        theirs = statistics(to_pixels(pixels, spec) for pixels in reference.pixels)
    found = [*_number(calibration), *_classes(calibration), *_useless(ours), *_grey(ours, theirs)]
    found += _enlarged(calibration)
    if theirs is not None:
        found += [*_shift(ours, theirs), *_variety(ours, theirs)]
    return tuple(found)


def _number(calibration: Calibration) -> Iterator[str]:
    count = len(calibration.pixels)
    if count < _FEWEST:
        left_out = calibration.duplicates
        also = f" ({left_out} more were duplicates)" if left_out else ""
        yield (
            f"only {count} picture{'s' * (count != 1)}{also}, {_FEWEST} to 500 are usual: a layer"
            " meets larger values later than these cause, and cuts them off"
        )


def _classes(calibration: Calibration) -> Iterator[str]:
    counts = calibration.by_class
    if calibration.unlabelled or len(counts) < 2:
        return
    present = [label for label, count in counts.items() if count]
    if len(present) == 1:
        yield (
            f"all pictures are of one class, {present[0]}: what only the others excite gets a range"
            " that is too small"
        )
        return
    even = len(calibration.pixels) / len(counts)
    rare = [f"{k} ({n})" for k, n in counts.items() if n < _FEWEST_OF_EVEN_SHARE * even]
    if rare:
        yield (
            f"few pictures or none of {_listed(rare)}: what only these excite may get a range that"
            " is too small"
        )


def _useless(ours: Statistics) -> Iterator[str]:
    for found, what in ((ours.plain, "of a single colour"), (ours.dark, "dark")):
        if found.mean() > _USELESS_SHARE:
            yield (
                f"{_of(found.sum(), len(found))} {what}: they excite next to nothing, and so tell"
                " nothing of the ranges"
            )


def _grey(ours: Statistics, theirs: Statistics | None) -> Iterator[str]:
    usual = 0.0 if theirs is None else float(theirs.grey.mean())
    if ours.grey.mean() - usual > _GREY_SHARE:
        yield (
            f"{_of(ours.grey.sum(), len(ours.grey))} grey, though the model takes colours: what"
            " colours excite gets a range that is too small"
        )


def _enlarged(calibration: Calibration) -> Iterator[str]:
    if calibration.sizes is None:
        return
    height, width = calibration.pixels.shape[1:3]
    small = (calibration.sizes / (width, height)).min(1) < _SMALL_SCALE
    if small.mean() > _SMALL_SHARE:
        smallest = calibration.sizes[calibration.sizes.prod(1).argmin()]
        yield (
            f"{_of(small.sum(), len(small))} less than half as large as the model's input of"
            f" {width}x{height} (the smallest: {smallest[0]}x{smallest[1]}): enlarged pictures are"
            " blurred, and fine detail gets a range that is too small"
        )


def _shift(ours: Statistics, theirs: Statistics) -> Iterator[str]:
    spread = np.maximum(theirs.values.std(0), _LEAST_SPREAD)
    shift = (ours.values.mean(0) - theirs.values.mean(0)) / spread
    # So few pictures differ that much by chance.
    noise = _NOISE * math.sqrt(1 / len(ours.values) + 1 / len(theirs.values))
    beyond = np.abs(shift) > max(_MOST_SHIFT, noise)
    if beyond.any():
        order = [i for i in np.argsort(-np.abs(shift)) if beyond[i]]
        said = [f"{ours.names[i]} {shift[i]:+.1f}" for i in order]
        yield (
            f"they differ from the training pictures ({_listed(said)} standard deviations): if the"
            " camera gives such pictures, the ranges fit it, but else they fit nothing; look at"
            " exposure, colour order and origin"
        )


def _variety(ours: Statistics, theirs: Statistics) -> Iterator[str]:
    if len(ours.values) < 2:
        return
    usual = theirs.values.std(0)
    known = usual > _LEAST_SPREAD
    ratio = ours.values.std(0)[known] / usual[known]
    if known.any() and ratio.max() < _LEAST_VARIETY:
        yield (
            f"they vary {ratio.max():.0%} as much as the training pictures at most, as pictures of"
            " one scene do: another scene's values may lie beyond the ranges"
        )


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} pictures {'is' if part == 1 else 'are'}"


def _listed(items: list[str]) -> str:
    text = ", ".join(items[:_NAMED])
    return text if len(items) <= _NAMED else f"{text} and {len(items) - _NAMED} more"
