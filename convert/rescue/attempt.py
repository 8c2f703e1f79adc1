"""One way to a better file: what was tried, and what it gave and cost."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.gate import Verdict, judge
from convert.package import pack_draft
from convert.pictures import Pictures
from convert.subject import Subject
from edge.classifier import Classifier
from edge.errors import ModelFileError
from edge.runtime import installed
from edge.stats import Accuracy

_CLOSER = 0.75  # of the failed file's divergence: less than that is no chance


@dataclass(frozen=True)
class Candidate:
    """A file to be judged."""

    step: str  # which of the rescue's steps it belongs to
    what: str  # what is different from the file that failed
    data: bytes
    seconds: float  # that making it took
    calibrated: bytes | None = None  # the calibrated float file that it was quantized from
    note: str = ""


@dataclass(frozen=True)
class Attempt:
    """A judged candidate; accuracy and drop are on the validation pictures."""

    name: str  # the step
    what: str
    verdict: Verdict
    accuracy: Accuracy
    divergence: float  # of the scores from the float file's, Kullback-Leibler, mean, nats
    is_closer: bool  # clearly less of it than the file that failed
    size_bytes: int
    invoke_ms: float  # median of one inference on this machine
    seconds: float  # making and judging it
    runtimes: tuple[str, ...]  # those installed here that run the file
    note: str = ""

    @property
    def drop_points(self) -> float:
        """Percentage points lost against the float32 file; negative when it is better."""
        return self.verdict.drop.points

    @property
    def passes(self) -> bool:
        """Whether the drop is within the limit, and not by chance alone.

        A few hundred pictures are a coarse sieve for drops of half a point: the file that failed on
        the test pictures may slip through. How far the scores move is seen on each picture.
        """
        return self.verdict.passes and self.is_closer

    def to_json(self) -> dict[str, Any]:
        """What card and report record."""
        return {
            "step": self.name,
            "what": self.what,
            "passes": self.passes,
            "drop_points": round(self.drop_points, 3),
            "ci95_points": [round(end, 3) for end in self.verdict.drop.interval],
            "accuracy": self.accuracy.to_json(),
            "divergence": round(self.divergence, 6),
            "size_bytes": self.size_bytes,
            "invoke_ms": round(self.invoke_ms, 3),
            "seconds": round(self.seconds, 1),
            "runtimes": list(self.runtimes),
            "note": self.note,
        }


class Jury:
    """Judges files on the validation pictures, which nothing was trained or calibrated on."""

    def __init__(self, subject: Subject, validation: Pictures, float32: bytes, max_drop: float):
        """``float32`` is the file to compare with; ``max_drop`` in percentage points."""
        self._subject = without_pictures(subject)
        self._pictures = validation
        self._max_drop = max_drop
        self.float_scores, self.float_ms = score(self._subject, float32, validation.pixels)
        self._failed: float | None = None  # the divergence of the file that failed, the first

    def judge(self, candidate: Candidate) -> Attempt:
        """Measure one file. Raises ModelFileError when no interpreter here runs it."""
        scores, invoke_ms = score(self._subject, candidate.data, self._pictures.pixels)
        ids = self._pictures.class_ids
        apart = divergence(self.float_scores, scores)
        self._failed = apart if self._failed is None else self._failed
        return Attempt(
            name=candidate.step,
            what=candidate.what,
            verdict=judge(self.float_scores, scores, ids, self._max_drop),
            accuracy=Accuracy(int((scores.argmax(axis=1) == ids).sum()), len(ids)),
            divergence=apart,
            is_closer=apart <= _CLOSER * self._failed,
            size_bytes=len(candidate.data),
            invoke_ms=invoke_ms,
            seconds=candidate.seconds,
            runtimes=runtimes_for(self._subject, candidate.data),
            note=candidate.note,
        )


def score(
    subject: Subject, data: bytes, frames: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], float]:
    """Scores (n, classes) of a file for ``frames``, and the median milliseconds of an inference."""
    with TemporaryDirectory(prefix="rescue-") as scratch:
        path = Path(scratch, "draft.tflite")
        path.write_bytes(pack_draft(subject, data))
        classifier = Classifier(path, num_threads=os.cpu_count() or 1)
        answers = [classifier.classify(frame, top_k=1) for frame in frames]
    scores = np.stack([answer.scores for answer in answers])
    return scores, median(answer.stages.invoke_ms for answer in answers)


def divergence(wanted: NDArray[np.float32], given: NDArray[np.float32]) -> float:
    """Mean Kullback-Leibler divergence of scores (n, classes) from those that are wanted, nats."""
    # An int8 score knows nothing below one step of 1/256.
    given, wanted = given + 1 / 512, wanted + 1 / 512
    wanted, given = (p / p.sum(axis=1, keepdims=True) for p in (wanted, given))
    return float(max((wanted * np.log(wanted / given)).sum(axis=1).mean(), 0))


def runtimes_for(subject: Subject, data: bytes) -> tuple[str, ...]:
    """The installed runtimes that load the file and classify a picture with it."""
    names: list[str] = []
    spec = subject.spec
    with TemporaryDirectory(prefix="rescue-") as scratch:
        path = Path(scratch, "draft.tflite")
        path.write_bytes(pack_draft(subject, data))
        for name in installed():
            try:
                classifier = Classifier(path, runtime=name)
                classifier.classify(np.zeros((spec.height, spec.width, 3), np.uint8))
            except ModelFileError:
                continue
            names.append(name)
    return tuple(names)


def without_pictures(subject: Subject) -> Subject:
    """The subject as far as a file's card needs it; quick to hand to another process."""
    return replace(subject, calibration=None, validation=None, test=None)
