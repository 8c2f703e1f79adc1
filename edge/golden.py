"""Golden frames: whether a model gives here what it gave where it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import ModelFileError
from edge.preprocess import Frame
from edge.runtime import RuntimeName, installed
from edge.scores import Scores

if TYPE_CHECKING:
    from edge.card import Card, GoldenFrame


def golden_differences(
    golden: Sequence[GoldenFrame], scores_of: Callable[[Frame], Scores], model_path: Path
) -> Iterator[float]:
    """For each of ``golden`` the largest difference of a score from what ``scores_of`` gives now.

    Raises ModelFileError, naming ``model_path``, for frames of a model with other classes.
    """
    for number, frame in enumerate(golden, start=1):
        scores = scores_of(frame.pixels)
        if len(frame.scores) != len(scores):
            raise ModelFileError(
                f"{model_path}: golden frame {number} has {len(frame.scores)} scores, the model "
                f"{len(scores)} classes; convert the model again"
            )
        yield float(np.abs(scores - np.array(frame.scores, np.float32)).max())


def check_golden(
    card: Card, scores_of: Callable[[Frame], Scores], model_path: Path, runtime: RuntimeName
) -> None:
    """Raise ModelFileError at the first golden frame beyond the tolerance of ``card``."""
    differences = golden_differences(card.golden, scores_of, model_path)
    for number, difference in enumerate(differences, start=1):
        # Not "greater than": that would let NaN pass.
        if not difference <= card.golden_tolerance:
            others = [name for name in installed() if name != runtime]
            other = f" or try --runtime {others[0]}" if others else ""
            raise ModelFileError(
                f"{model_path}: golden frame {number} differs by {difference:.2f} "
                f"(tolerance {card.golden_tolerance:g}): wrong colour order, damaged file or "
                f"broken runtime; convert the model again{other}"
            )
