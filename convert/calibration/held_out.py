"""Keep test pictures out of the calibration: a file must not be judged on what shaped it."""

from __future__ import annotations

import numpy as np

from convert.calibration.chosen import TRAINING, Calibration
from convert.pictures import Pictures
from edge.errors import DataError
from edge.likeness import digest, near
from edge.preprocess import FrameToInput, to_pixels

_NAMED = 3
_BLOCK = 1000  # test pictures compared at once: 12 MB of thumbnails


def refuse_held_out(
    calibration: Calibration, test: Pictures | None, spec: FrameToInput
) -> tuple[str, ...]:
    """Raise DataError when the user's own calibration pictures are test pictures of the model.

    Pixels are compared as the model sees them. Near-duplicates of test pictures
    (edge.likeness), and equal ones that the training part itself holds, are a
    doubt: one sentence. Without ``test`` nothing is known, and nothing said.
    """
    if test is None:
        return ()
    same, alike = _hits(calibration, test, spec)
    if same and calibration.origin != TRAINING:
        verb = "is a test picture" if len(same) == 1 else "are test pictures"
        raise DataError(
            f"{calibration.origin}: {len(same)} of the {len(calibration.pixels)} pictures chosen"
            f" {verb} of this model ({_named(calibration, same)}), on which it could no longer"
            " be judged; take these pictures out, or calibrate on the run's training pictures"
        )
    hits = sorted({*same, *alike})
    if not hits:
        return ()
    return (
        f"{len(hits)} of {len(calibration.pixels)} pictures almost equal test pictures"
        f" ({_named(calibration, hits)}): what is measured on those flatters the file",
    )


def _hits(
    calibration: Calibration, test: Pictures, spec: FrameToInput
) -> tuple[list[int], list[int]]:
    """Positions of the calibration pictures that equal a test picture, and of those near to one."""
    held_out: set[bytes] = set()
    alike = np.zeros(len(calibration.pixels), bool)
    for start in range(0, len(test), _BLOCK):
        block = [to_pixels(pixels, spec) for pixels in test.pixels[start : start + _BLOCK]]
        held_out.update(map(digest, block))
        alike |= near(calibration.pixels, block)
    same = [i for i, pixels in enumerate(calibration.pixels) if digest(pixels) in held_out]
    return same, np.flatnonzero(alike).tolist()


def _named(calibration: Calibration, positions: list[int]) -> str:
    """The first names, and that there are more."""
    names = ", ".join(calibration.names[i] for i in positions[:_NAMED])
    return names if len(positions) <= _NAMED else f"{names}, ..."
