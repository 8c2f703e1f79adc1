"""Heads trained on features that are computed once, for every method and seed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.quiet import quiet

# TensorFlow's start-up lines speak of missing GPUs; only its errors concern a user.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet():
    import keras
import numpy as np
from numpy.typing import NDArray

from benchmarks.training.job import Job
from train.choice import Choice, choose
from train.data.dataset import Dataset, Images
from train.data.division import divide
from train.data.material import Material
from train.data.source import PHOTO_SIZE, load_material
from train.data.split import Shares
from train.evaluation.evaluation import evaluate
from train.head import features_of, head_of, train_on_features
from train.network import TrainingNetwork, check_pictures, start_network
from train.options import build_parser, options_of, recipe_of
from train.recipe import Recipe


class HeadOnly:
    """What python -m train --epochs 0 gives for jobs on one data set and one backbone.

    A picture's features are the same whichever part a seed puts it in; so the backbone sees each
    picture once, and its mirror image once.
    """

    def __init__(self) -> None:
        self._material: Material | None = None
        self._features: dict[str, NDArray[np.float32]] = {}  # (2, c) by a picture's name
        self._seed: int | None = None
        self._network: TrainingNetwork
        self._dataset: Dataset
        self._start: list[NDArray[np.float32]]  # the head's weights

    def measure(self, job: Job, work: Path) -> dict[str, Any]:
        """Train the head of ``job``; its figures on the seed's test pictures."""
        recipe, options = _recipe_of(job)
        if self._seed != job.seed:
            self._begin(job.seed, recipe, options)
        dataset, model = self._dataset, self._network.model
        head = head_of(model)
        head.set_weights(self._start)
        keras.utils.set_random_seed(job.seed)
        sides = 2 if recipe.augment.mirrors else 1
        features = np.concatenate([self._of(dataset.train, side) for side in range(sides)])
        class_ids = np.tile(dataset.train.class_ids, sides)
        classes = len(dataset.labels)
        train_on_features(self._network, features, class_ids, classes, recipe, job.seed)
        scores = head.predict(self._of(dataset.test, 0), verbose=0)
        result = evaluate(scores, dataset.test).to_json(dataset.labels)
        counts = np.bincount(dataset.train.class_ids, minlength=classes)
        return {
            "float": {
                **{key: result[key] for key in ("top1", "n", "ci95", "recall")},
                "macro_recall": result["balanced_accuracy"],
            },
            "photos": dict(zip(dataset.labels, map(int, counts), strict=True)),
        }

    def _begin(self, seed: int, recipe: Recipe, options: dict[str, Any]) -> None:
        """The seed's division of the pictures and its new head; the first one's features, too."""
        if self._material is None:
            self._material = load_material(
                options["data"], size=options["size"], photo_size=PHOTO_SIZE
            )
        self._dataset = divide(self._material, Shares(**options["shares"]), seed)
        check_pictures(self._dataset, recipe)
        keras.utils.clear_session()
        self._network = start_network(
            self._dataset, recipe, options["weights"], seed, options["precision"]
        )
        self._start = head_of(self._network.model).get_weights()
        self._seed = seed
        parts = (self._dataset.train, self._dataset.validation, self._dataset.test)
        for part in parts:
            self._look_at(part)

    def _look_at(self, images: Images) -> None:
        """Compute the features of pictures that were not seen yet."""
        new = [i for i, name in enumerate(images.names) if str(name) not in self._features]
        if not new:
            return
        chosen = images.take(np.array(new, np.int64))
        features, _ = features_of(self._network, chosen, mirrored=True)
        plain, mirrored = np.split(features, 2)
        for name, one, other in zip(chosen.names, plain, mirrored, strict=True):
            self._features[str(name)] = np.stack([one, other])

    def _of(self, images: Images, side: int) -> NDArray[np.float32]:
        """The features (n, c) of pictures, ``side`` 1 for mirrored ones."""
        return np.stack([self._features[str(name)][side] for name in images.names])


def _recipe_of(job: Job) -> tuple[Recipe, dict[str, Any]]:
    """What python -m train makes of the job's options."""
    arguments: Sequence[str] = ("--data", job.data, "--seed", str(job.seed), *job.options)
    args = build_parser().parse_args(arguments)
    choice: Choice = choose(args)
    return recipe_of(args, choice.recipe), options_of(args, choice)
