"""The recipes of the textbook table: the plain CNNs as books train them, and ours."""

from __future__ import annotations

from benchmarks.training.job import Job
from benchmarks.training.results import Results, Row

# Of RECIPES; the rest are ours.
TEXTBOOKS = ("textbook", "textbook-augmented", "wide", "wide-dropout", "wide-augmented")

# In so few epochs small squares are enough to erase.
_QUICK = ("--preset", "default", "--batch-size", "500", "--erase", "8")

# Name: options of python -m train, and what the table says.
RECIPES: dict[str, tuple[tuple[str, ...], str]] = {
    "textbook": (
        ("--preset", "textbook"),
        "conv 32-64-64, dense 64, Adam, 20 epochs",
    ),
    "textbook-augmented": (
        ("--preset", "textbook-augmented", "--epochs", "40"),
        "the same, flips and shifts, 40 epochs",
    ),
    "wide": (
        ("--architecture", "wide-cnn", "--epochs", "20"),
        "conv 32-64-128, dense 512, Adam, 20 epochs",
    ),
    "wide-dropout": (
        ("--architecture", "wide-cnn", "--dropout", "0.5", "--epochs", "20"),
        "the same, dropout 0.5",
    ),
    "wide-augmented": (
        (
            *("--architecture", "wide-cnn", "--dropout", "0.5", "--epochs", "30"),
            *("--augment", "basic"),
        ),
        "the same, flips and shifts, 30 epochs",
    ),
    "default": (("--preset", "default"), "ours, the default recipe"),
    "smallest": (
        ("--preset", "smallest"),
        "ours, the smallest preset, taught by the default network (minutes without those of that)",
    ),
    "quick": (
        (*_QUICK, "--widths", "32,64,64", "--epochs", "2"),
        "ours, the default recipe, narrow (32-64-64), batches of 500, 2 epochs",
    ),
    "quick-longer": (
        (*_QUICK, "--widths", "32,64,64", "--epochs", "4"),
        "the same, 4 epochs",
    ),
    "quick-wide": (
        (*_QUICK, "--epochs", "2"),
        "ours, the default recipe, batches of 500, 2 epochs",
    ),
}

# Whose network teaches another's.
TEACHERS = {"smallest": "default"}


def job_of(name: str, seed: int, data: str) -> Job:
    """The training and conversion of a recipe on CIFAR-10, as ``data`` names it."""
    teacher = job_of(TEACHERS[name], seed, data) if name in TEACHERS else None
    return Job(name, seed, data, RECIPES[name][0], ("--quick",), teacher)


def rows_of(name: str, results: Results) -> list[Row]:
    """The rows of a recipe as it is today: of another one the words beside it would be untrue."""
    return [
        row
        for row in results.rows
        if row["row"] == name and results.has(job_of(name, row["seed"], row["data"]))
    ]
