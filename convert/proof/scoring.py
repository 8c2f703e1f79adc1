"""Scores of a file on many pictures, frame by frame as on the device."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.classifier import Classifier

Scores = NDArray[np.float32]  # (n, classes), 0 to 1


def scores_of(classifier: Classifier, frames: NDArray[np.uint8]) -> Scores:
    """Scores (n, classes) for ``frames`` (n, height, width, channels), with progress on a terminal.

    Raises ModelFileError when an operator fails or a score is no number.
    """
    progress = tqdm(
        frames,
        desc=classifier.model_path.name,
        unit="frame",
        leave=False,
        disable=not sys.stderr.isatty(),
    )
    return np.stack([classifier.classify(frame, top_k=1).scores for frame in progress])


def score_file(path: Path, runtime: str, frames: NDArray[np.uint8], threads: int) -> Scores:
    """The same for a file that is still to be loaded: what a child process is asked for."""
    return scores_of(Classifier(path, runtime=runtime, num_threads=threads), frames)
