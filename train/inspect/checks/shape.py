"""Sizes and positions: what the crop cuts away, what is enlarged, what stands differently."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from train.inspect.finding import Finding, one_by_one
from train.inspect.look import Look
from train.inspect.survey import Survey

_MUCH = 0.4  # share of a picture that the crop cuts away; a 16:9 photo loses 44 %
_MINORITY = 0.2


def lost_to_crop(look: Look) -> float:
    """Share of the picture, 0 to 1, outside of the largest centred square."""
    return 1 - min(look.width, look.height) / max(look.width, look.height)


def check(survey: Survey) -> Iterator[Finding]:
    """Crop, enlargement, EXIF orientation, portrait among landscape."""
    looks = survey.looks
    lost = np.array([lost_to_crop(look) for look in looks])
    much = [int(p) for p in np.argsort(-lost, kind="stable") if lost[p] > _MUCH]
    if much:
        yield Finding(
            "crop", "look", "Much is cut away",
            f"{_are(len(much))} so long that the centre crop loses more than {_MUCH:.0%}"
            f" (at most {lost.max():.0%})",
            "See that the thing is in the middle, or cut these pictures to it yourself.",
            one_by_one(much), tuple(f"{lost[p]:.0%} cut away" for p in much),
        )  # fmt: skip
    small = [p for p, look in enumerate(looks) if min(look.width, look.height) < survey.size]
    if small and survey.is_folder:
        yield Finding(
            "enlarged", "know", "Smaller than the network's input",
            f"{_are(len(small))} below {survey.size} pixels on the shorter side and get enlarged",
            "Take larger pictures, or train at a smaller --size.",
            one_by_one(small), tuple(f"{looks[p].width}x{looks[p].height}" for p in small),
        )  # fmt: skip
    turned = [p for p, look in enumerate(looks) if look.orientation != 1]
    if turned:
        yield Finding(
            "turned", "know", "Turned by their EXIF data",
            f"{_are(len(turned))} stored lying or mirrored and put upright while they are read",
            "Nothing to do here; other programs may show them lying.",
            one_by_one(turned), tuple(f"EXIF {looks[p].orientation}" for p in turned),
        )  # fmt: skip
    yield from _minority(looks)


def _minority(looks: tuple[Look, ...]) -> Iterator[Finding]:
    """Upright pictures among wide ones, or the other way round."""
    upright = [p for p, look in enumerate(looks) if look.height > look.width]
    wide = [p for p, look in enumerate(looks) if look.width > look.height]
    for few, many, what in ((upright, wide, "upright"), (wide, upright, "wide")):
        if 0 < len(few) <= _MINORITY * (len(few) + len(many)):
            yield Finding(
                "orientation", "look", "Stands differently",
                f"{_are(len(few))} {what}, {len(many):,} are not",
                "See whether what they show lies on its side; if so, turn them.",
                one_by_one(few),
            )  # fmt: skip


def _are(count: int) -> str:
    return "1 picture is" if count == 1 else f"{count:,} pictures are"
