"""What one training and its int8 file came to, from the records that they left."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.training.child import read_json


def training_figures(run: Path) -> dict[str, Any]:
    """The float network's figures and what the training cost, from the run folder's record."""
    record = read_json(run / "run.json")
    result, progress, cost = record["results"]["float"], record["progress"], record["cost"]
    return {
        "float": {
            **{key: result[key] for key in ("top1", "n", "ci95", "recall")},
            "macro_recall": result["balanced_accuracy"],
        },
        "recipe": hashlib.sha256(json.dumps(record["recipe"]).encode()).hexdigest()[:12],
        "parameters": record["results"]["parameters"],
        "epochs": progress["epoch"],
        "best_epoch": progress["best_epoch"],
        "seconds": cost["seconds"],
        "cpu_seconds": cost["cpu_seconds"],
        "epoch_cpu_seconds": epoch_cost(progress["history"]),
    }


def epoch_cost(history: list[dict[str, float]]) -> float:
    """CPU seconds of an epoch: the median of all but the first, in which graphs are built."""
    ends = [row["cpu_seconds"] for row in history]
    spent = [after - before for before, after in pairwise(ends)]
    return round(median(spent or ends), 3)


def learning_curve(run: Path) -> list[list[float]]:
    """Epoch, validation accuracy (0 to 1), CPU seconds and seconds so far, of every epoch."""
    names = ("epoch", "val_accuracy", "cpu_seconds", "seconds")
    history = read_json(run / "run.json")["progress"]["history"]
    return [[round(row[name], 4) for name in names] for row in history]


def file_figures(model: Path) -> dict[str, Any]:
    """The int8 file's figures on the test pictures, from the report beside it, and its sizes."""
    report = read_json(model.with_suffix(".report.json"))
    comparison, confusion = report["comparison"], report["confusion"]
    recalls = [row[i] / sum(row) for i, row in enumerate(confusion) if sum(row)]
    return {
        "int8": {**comparison["int8"], "macro_recall": round(fmean(recalls), 6)},
        "drop_points": comparison["drop_points"],
        "passes": report["gate"]["passes"],
        "runtime": report["runtime"],
        # The flatbuffer as the converter gave it, and the file with labels and card.
        "bytes": {"graph": comparison["int8_bytes"], "file": model.stat().st_size},
    }
