"""The pictures of a run: training curve, confusion matrix, worst mistakes."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no screen needed

import matplotlib.pyplot as plt
import numpy as np

from edge.atomic import replace_file
from train.data.dataset import Images
from train.evaluation.evaluation import Evaluation

plt.rcParams["text.parse_math"] = False  # a label may hold a dollar sign

_DPI = 110
_LARGEST_INCHES = 40.0  # beyond it no screen shows the picture, and hundreds of classes fail
_COLUMNS = 6
_MOST_MISTAKES = 24


def draw_curve(path: Path, history: list[dict[str, float]]) -> None:
    """Loss, and accuracy on training batches and validation pictures, by epoch."""
    epochs = [row["epoch"] for row in history]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.plot(epochs, [row["loss"] for row in history], color="tab:gray")
    left.set(xlabel="epoch", ylabel="training loss (smoothed labels)")
    # Batch accuracy is that of the moving weights on augmented pictures, so it may stay below.
    right.plot(epochs, [row["accuracy"] for row in history], label="training, augmented")
    right.plot(epochs, [row["val_accuracy"] for row in history], label="validation, averaged")
    right.set(xlabel="epoch", ylabel="accuracy")
    right.yaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1, decimals=0))
    right.legend(frameon=False)
    for axes in (left, right):
        axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    _save(figure, path)


def draw_confusion(path: Path, evaluation: Evaluation, labels: tuple[str, ...]) -> None:
    """The confusion matrix: rows are the truth, columns the answer; colour is the row's share."""
    counts = evaluation.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(max(4.0, 0.55 * len(labels) + 2), _LARGEST_INCHES)
    figure, axes = plt.subplots(figsize=(size, size), layout="constrained")
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)  # root: rare mistakes stay visible
    if len(labels) <= 25:
        for row, column in np.ndindex(*counts.shape):
            if counts[row, column]:
                colour = "white" if shares[row, column] > 0.4 else "black"
                axes.text(
                    column, row, counts[row, column], ha="center", va="center", color=colour, size=8
                )
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="answer", ylabel="truth", title=str(evaluation.accuracy))
    axes.title.set_size(9)
    _save(figure, path)


def draw_worst(path: Path, evaluation: Evaluation, images: Images, labels: tuple[str, ...]) -> None:
    """The wrong answers given with the highest scores: truth, answer and score under each."""
    worst = evaluation.worst(_MOST_MISTAKES)
    rows = max(1, -(-len(worst) // _COLUMNS))
    figure, grid = plt.subplots(
        rows, _COLUMNS, figsize=(1.7 * _COLUMNS, 2.1 * rows), layout="constrained", squeeze=False
    )
    for axes in grid.flat:
        axes.axis("off")
    for axes, position in zip(grid.flat, worst, strict=False):
        answer = int(evaluation.scores[position].argmax())
        truth = labels[images.class_ids[position]]
        axes.imshow(images.pixels[position].squeeze(), cmap="gray", vmin=0, vmax=255)
        score = evaluation.scores[position, answer]
        axes.set_title(f"{truth}\nsays {labels[answer]} {score:.0%}", size=9)
    if not len(worst):
        grid[0, 0].set_title("no mistakes", size=9)
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    with replace_file(path) as stream:
        figure.savefig(stream, dpi=_DPI)
    plt.close(figure)
