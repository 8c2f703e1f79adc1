"""Runs in MediaPipe's environment: what its ImageClassifier says of pictures.

    PYTHON classify.py MODEL PICTURES.npy ANSWERS.json

PICTURES.npy is uint8 (n, height, width, 3) RGB. ANSWERS.json holds for each picture the label,
the index and the score of every class, best first; or one string, the error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision


def classify(model: str, pictures: np.ndarray) -> list[list[tuple[str, int, float]]] | str:
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=model))
    try:
        classifier = vision.ImageClassifier.create_from_options(options)
        answers = []
        for picture in pictures:
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(picture))
            best = classifier.classify(image).classifications[0].categories
            answers.append([(each.category_name, each.index, each.score) for each in best])
    except (ValueError, RuntimeError, OSError) as error:
        return str(error)
    return answers


if __name__ == "__main__":
    told = classify(sys.argv[1], np.load(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(told))
    # After an error inside its graph, MediaPipe waits for ever when it is taken down.
    sys.stdout.flush()
    os._exit(0)
