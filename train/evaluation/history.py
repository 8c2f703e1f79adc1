"""The course of a training: its curves, and what it took."""

from __future__ import annotations

import math

import numpy as np

from train.evaluation.charts import Chart, line_chart
from train.evaluation.findings import Run

History = list[dict[str, float]]  # one row an epoch; epoch 0 is a backbone's head alone


def training_line(run: Run) -> str:
    """Epochs, time, and which epoch's weights were kept."""
    progress = run.progress
    epochs = "epoch" if progress.epoch == 1 else "epochs"
    text = (
        f"{progress.epoch:,} {epochs} in {progress.seconds / 60:.1f} min. Kept are the weights"
        f" after epoch {progress.best_epoch:,}, right for {progress.best_accuracy:.2%} of"
        f" the {len(run.dataset.validation):,} validation pictures."
    )
    best = max((row["val_accuracy"] for row in progress.history), default=0.0)
    if best > progress.best_accuracy:
        text += f" The best epoch, with {best:.2%}, is not better by more than its standard error."
    if teacher := run.options.get("teacher"):
        text += (
            f" It learned from the answers of {teacher['run']}; on training pictures its accuracy"
            " is how often it agrees with them."
        )
    if progress.history and progress.history[0]["epoch"] == 0:
        text += " Epoch 0 is the new head alone, on the frozen backbone's features."
    return text


def training_charts(history: History) -> list[Chart]:
    """Accuracy, loss and seconds by epoch, as far as the rows have them."""
    epochs = [row["epoch"] for row in history]
    # The head's own loss and batch accuracy are of other pictures, and would bend the scale.
    fitted = [row if row["epoch"] else {} for row in history]
    ends = [0.0, *(row.get("seconds", math.nan) for row in history)]
    charts = (
        line_chart(
            "Accuracy",
            epochs,
            {
                "validation": [row["val_accuracy"] for row in history],
                # Of the moving weights on changed pictures, so it may stay below.
                "training, changed pictures": _column(fitted, "accuracy"),
            },
            is_share=True,
        ),
        line_chart("Training loss", epochs, {"": _column(fitted, "loss")}),
        line_chart("Seconds an epoch", epochs, {"": np.diff(ends)}, from_0=True),
    )
    return [chart for chart in charts if chart is not None]


def _column(rows: list[dict[str, float]], name: str) -> list[float]:
    return [row.get(name, math.nan) for row in rows]
