"""A run's report: how good it is, on what, and what not to expect of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edge.atomic import replace_file
from train.data.dataset import Dataset
from train.evaluation.evaluation import Evaluation
from train.evaluation.findings import Run, find
from train.evaluation.model_card import model_card
from train.evaluation.page import page
from train.evaluation.record import to_json
from train.keeper import Progress
from train.recipe import AnyRecipe
from train.run_folder import RunFolder


def write_report(
    folder: Path,
    dataset: Dataset,
    recipe: AnyRecipe,
    options: dict[str, Any],
    progress: Progress,
    evaluation: Evaluation,
) -> None:
    """``report.html``, ``report.json`` and ``model-card.md`` into a run's ``folder``.

    Command and versions come from its run.json; DataError when that cannot be read, OutputError
    when the folder cannot be written.
    """
    record = RunFolder(folder).read()
    command, tools = tuple(record["command"]), record["tools"]
    run = Run(dataset, recipe, options, progress, command, tools)
    findings = find(dataset, evaluation)
    content = {
        "report.html": page(findings, run),
        "report.json": json.dumps(to_json(findings, run), indent=1).encode() + b"\n",
        "model-card.md": model_card(findings, run),
    }
    for name, data in content.items():
        with replace_file(folder / name) as stream:
            stream.write(data)
