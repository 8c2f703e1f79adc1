"""Both files on the held-out pictures, and all that their answers tell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convert.pictures import Pictures
from convert.proof.classes import ClassChange, class_changes, confusion
from convert.proof.comparison import Comparison, compare
from convert.proof.disagreements import Disagreement, worst_disagreements
from convert.proof.scoring import Scores, scores_of
from edge.classifier import Classifier
from edge.runtime import runtime_version

_MOST_DISAGREEMENTS = 24


@dataclass(frozen=True, eq=False)
class Findings:
    """What the float32 file and the quantized file said about the same pictures."""

    runtime: str  # name and version
    comparison: Comparison
    classes: tuple[ClassChange, ...]  # in the order of the labels
    confusion: NDArray[np.int64]  # of the quantized file: rows the truth, columns the answer
    disagreements: tuple[Disagreement, ...]  # the worst of them
    float_scores: Scores  # (n, classes)
    int8_scores: Scores  # (n, classes)


def find(
    float_file: Path,
    int8_file: Path,
    pictures: Pictures,
    *,
    threads: int,
    sizes: tuple[int, int] | None = None,
) -> Findings:
    """Classify ``pictures`` with both files through the device's own path.

    ``sizes`` are the bytes of (float32, quantized) that count, those of the files by default.
    Raises ModelFileError for a file that does not run.
    """
    before = Classifier(float_file, num_threads=threads)
    after = Classifier(int8_file, num_threads=threads)
    labels, class_ids = after.labels, pictures.class_ids
    float_scores = scores_of(before, pictures.pixels)
    int8_scores = scores_of(after, pictures.pixels)
    sizes = sizes or (float_file.stat().st_size, int8_file.stat().st_size)
    return Findings(
        runtime=f"{after.runtime_name} {runtime_version(after.runtime_name)}",
        comparison=compare(float_scores, int8_scores, class_ids, sizes),
        classes=class_changes(float_scores, int8_scores, class_ids, labels),
        confusion=confusion(int8_scores, class_ids, len(labels)),
        disagreements=worst_disagreements(
            float_scores, int8_scores, pictures, labels, _MOST_DISAGREEMENTS
        ),
        float_scores=float_scores,
        int8_scores=int8_scores,
    )
