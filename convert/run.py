"""A run folder as the converter sees it; the format is described in docs/run-folder.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.pictures import Pictures
from edge.arrays import read_arrays
from edge.errors import DataError
from edge.labels import read_labels_file
from edge.preprocess import FrameToInput

_FORMAT = 1
_ARRAYS = ("pixels", "class_ids", "names")


@dataclass(frozen=True)
class Run:
    """A trained model with everything that its conversion needs."""

    path: Path
    labels: tuple[str, ...]
    record: dict[str, Any]  # run.json

    @classmethod
    def open(cls, path: Path) -> Run:
        """The run folder at ``path``; DataError when it is none."""
        if not path.is_dir():
            raise DataError(f"{path}: no such run folder; train one with python -m train")
        try:
            record = json.loads((path / "run.json").read_text())
        except (OSError, ValueError) as error:
            raise DataError(
                f"{path / 'run.json'}: cannot be read ({error}); name a folder that"
                " python -m train wrote"
            ) from error
        if not isinstance(record, dict) or record.get("format") != _FORMAT:
            raise DataError(f"{path / 'run.json'}: not a record this software reads; train again")
        run = cls(path, read_labels_file(path / "labels.txt", numbered=False), record)
        if not run.model.exists():
            raise DataError(
                f"{run.model}: not there yet; finish the run with python -m train --resume {path}"
            )
        return run

    @classmethod
    def newest(cls, root: Path) -> Run:
        """The latest finished run in ``root``; DataError when there is none."""
        for path in sorted(root.glob("*/run.json"), reverse=True):
            run = cls.open(path.parent) if (path.parent / "model.keras").exists() else None
            if run is not None and run.record.get("finished"):
                return run
        raise DataError(
            f"{root}: no finished run in it; train one with python -m train, or name one with --run"
        )

    @property
    def model(self) -> Path:
        """The float32 Keras model."""
        return self.path / "model.keras"

    @property
    def spec(self) -> FrameToInput:
        """How a frame becomes the model's input."""
        return FrameToInput(**self.record["input"])

    def pictures(self, name: str) -> Pictures:
        """The part ``calibration``, ``validation`` or ``test`` of the run's data."""
        path = self.path / f"{name}.npz"
        arrays = read_arrays(path, _ARRAYS, "copy the run folder again, or train again")
        part = Pictures(*(arrays[name] for name in _ARRAYS))
        if not len(part):
            raise DataError(f"{path}: holds no pictures; train again with more of them")
        return part
