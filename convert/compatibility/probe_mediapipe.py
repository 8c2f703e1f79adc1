"""Runs in MediaPipe's own environment: which .tflite files of a folder ImageClassifier takes.

    PYTHON probe_mediapipe.py FOLDER

Prints one JSON object: MediaPipe's version, and for each file's name null or the fault.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mediapipe
from mediapipe.tasks.python import BaseOptions, vision


def fault_of(path: Path) -> str | None:
    """None when ImageClassifier can be made from the file, else what it says."""
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=str(path)))
    try:
        vision.ImageClassifier.create_from_options(options).close()
    except (ValueError, RuntimeError, OSError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    files = sorted(Path(sys.argv[1]).glob("*.tflite"))
    faults = {file.stem: fault_of(file) for file in files}
    print(json.dumps({"version": mediapipe.__version__, "faults": faults}))
