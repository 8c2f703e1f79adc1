"""What is converted: the model, its labels, and the pictures that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from convert.pictures import Pictures
from convert.run import Run
from convert.source import ModelSource
from edge.preprocess import FrameToInput


@dataclass(frozen=True)
class Subject:
    """A float model with all that its conversion can use; None stands for what there is not."""

    name: str  # what the file calls itself: the data set of a run, else the model's name
    source: ModelSource
    labels: tuple[str, ...]
    spec: FrameToInput
    record: Mapping[str, Any] | None  # run.json of a run folder
    calibration: Pictures | None  # to choose the representative pictures from
    validation: Pictures | None  # to fit temperature and threshold on
    test: Pictures | None  # to judge on, and for nothing else


def of_run(run: Run) -> Subject:
    """The subject that a run folder describes; DataError for a damaged one."""
    return Subject(
        name=str(run.record["data"]["name"]),
        source=ModelSource(run.model),
        labels=run.labels,
        spec=run.spec,
        record=run.record,
        calibration=run.pictures("calibration"),
        validation=run.pictures("validation"),
        test=run.pictures("test"),
    )
