"""What a training leaves behind: one folder, described in docs/run-folder.md."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf

from edge.arrays import write_arrays
from edge.atomic import replace_file
from edge.board import machine_name, peak_rss_mb
from edge.errors import DataError, OutputError
from train.data.dataset import Dataset, Images, stratified
from train.keeper import Progress
from train.recipe import Recipe
from train.software import software

CALIBRATION_POOL = 1000  # training pictures laid by for the converter
_FORMAT = 1


@dataclass(frozen=True)
class RunFolder:
    """Paths and files of one run."""

    path: Path

    @property
    def model(self) -> Path:
        """The float32 network with the averaged weights, best on the validation pictures."""
        return self.path / "model.keras"

    @property
    def checkpoint(self) -> Path:
        """Everything --resume needs besides run.json."""
        return self.path / "checkpoint.npz"

    @property
    def record(self) -> Path:
        """Command, recipe, seed, data, progress and results."""
        return self.path / "run.json"

    @classmethod
    def create(cls, root: Path, name: str) -> RunFolder:
        """A new folder ``root/DATE-TIME-name``."""
        return cls(make_folder(root, name))

    def can_go_on(self) -> bool:
        """Whether this is a run that has begun and not ended; DataError for an unreadable one."""
        begun = self.record.exists() and self.checkpoint.exists()
        return begun and not self.read()["finished"]

    def read(self) -> dict[str, Any]:
        """run.json as it was written; DataError when it cannot be read."""
        return read_record(self.record)

    def write_data(self, dataset: Dataset, seed: int) -> None:
        """Labels, split, and the pictures that converter and verification need."""
        with replace_file(self.path / "labels.txt") as stream:
            stream.write(("\n".join(dataset.labels) + "\n").encode())
        parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
        split = {name: part.names.tolist() for name, part in parts.items()}
        with replace_file(self.path / "split.json") as stream:
            stream.write(json.dumps(split, indent=0).encode())
        pool = dataset.train.take(stratified(dataset.train, CALIBRATION_POOL, seed))
        self._write_images("calibration.npz", pool)
        self._write_images("validation.npz", dataset.validation)
        self._write_images("test.npz", dataset.test)

    def _write_images(self, name: str, images: Images) -> None:
        write_arrays(self.path / name, vars(images))

    def write_record(
        self,
        command: list[str],
        dataset: Dataset,
        recipe: Recipe,
        options: dict[str, Any],
        progress: Progress,
        results: dict[str, Any] | None,
    ) -> None:
        """run.json; ``results`` is None until the run is finished."""
        record = {
            "format": _FORMAT,
            "command": command,
            "options": options,
            "recipe": recipe.to_json(),
            "data": {
                "name": dataset.name,
                "sha256": dataset.sha256,
                "train": len(dataset.train),
                "validation": len(dataset.validation),
                "test": len(dataset.test),
            },
            "input": dataset.spec._asdict(),
            "tools": {
                "python": platform.python_version(),
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
                "numpy": np.__version__,
                "opencv": cv2.__version__,
            },
            "software": software(),
            "machine": machine_name(),
            "cost": {
                "seconds": round(progress.seconds, 2),
                "cpu_seconds": round(progress.cpu_seconds, 2),
                "peak_memory_mb": peak_rss_mb(),
            },
            "progress": asdict(progress),
            "finished": results is not None,
            "results": results,
        }
        with replace_file(self.record) as stream:
            stream.write(json.dumps(record, indent=2).encode() + b"\n")


def make_folder(root: Path, name: str) -> Path:
    """A new folder ``root/DATE-TIME-name``; OutputError when it cannot be made."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    path, number = root / f"{stamp}-{name}", 1
    while True:
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:  # two runs began in the same second
            number += 1
            path = root / f"{stamp}-{name}-{number}"
        except OSError as error:
            raise OutputError(
                f"{path}: cannot be made ({error.strerror}); choose another place with --runs"
            ) from error


def read_record(path: Path) -> dict[str, Any]:
    """A record of python -m train as it was written; DataError when it cannot be read."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); name a folder that python -m train wrote"
        ) from error
    if not isinstance(record, dict) or record.get("format") != _FORMAT:
        raise DataError(f"{path}: not a record this software reads; train again")
    return record
