"""Train and convert in processes of their own: memory comes back, and a crash costs one row."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.training.job import Job
from edge.cli import NOT_PASSED
from edge.errors import EdgeError

_ROOT = Path(__file__).resolve().parents[2]
_MODEL = "model_int8"


def train(job: Job, work: Path) -> Path:
    """The finished run folder of ``job`` below ``work``: as it lies there, gone on with, or new.

    Of one that lies there the record may be all that ``clear`` left.
    Raises EdgeError, with the training's own last line, when it fails.
    """
    folder = job.folder(work)
    runs = folder / "runs"
    begun = max(runs.glob("*/run.json"), default=None)
    if begun is not None and is_finished(begun.parent):
        return begun.parent
    teacher = _teacher(job.teacher, work) if job.teacher is not None else None
    if begun is not None and (begun.parent / "checkpoint.npz").exists() and _same(teacher, begun):
        arguments = ["--resume", str(begun.parent)]
    else:
        shutil.rmtree(runs, ignore_errors=True)  # cut off in its first epoch: nothing to keep
        arguments = ["--data", job.data, "--seed", str(job.seed), "--runs", str(runs)]
        arguments += job.options
        arguments += [] if teacher is None else ["--teacher", str(teacher)]
    _run("train", arguments, folder / "train.log")
    return max(runs.glob("*/run.json")).parent


def _teacher(job: Job, work: Path) -> Path:
    """The finished run of ``job`` with its model, trained again where ``clear`` took that."""
    run = train(job, work)
    if (run / "model.keras").exists():
        return run
    shutil.rmtree(run)
    return train(job, work)


def _same(teacher: Path | None, record: Path) -> bool:
    """Whether a run that began goes on with ``teacher``: one that learned again is another."""
    return teacher is None or str(teacher) == read_json(record)["options"]["teacher"]["run"]


def convert(job: Job, run: Path, work: Path) -> Path:
    """The int8 file of ``run``, with its report beside it, also where the gate keeps it aside.

    Raises EdgeError, with the conversion's own last line, when it fails.
    """
    folder = job.folder(work)
    wanted = folder / f"{_MODEL}.tflite"
    aside = folder / f"{_MODEL}.rejected.tflite"
    for made in (wanted, aside):
        if made.with_suffix(".report.json").exists():
            return made
    arguments = ["--run", str(run), "--output", str(wanted), *(job.conversion or ())]
    code = _run("convert.quantize", arguments, folder / "convert.log", allowed=(0, NOT_PASSED))
    return aside if code == NOT_PASSED else wanted


def clear(job: Job, work: Path) -> None:
    """Remove the large files of a finished training; its record and the int8 file stay."""
    for run in (job.folder(work) / "runs").glob("*"):
        for path in run.iterdir():
            if path.name != "run.json":
                path.unlink()


def is_finished(run: Path) -> bool:
    """Whether the training that left ``run`` came to its end."""
    return bool(read_json(run / "run.json").get("finished"))


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file that one of our commands wrote."""
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _run(module: str, arguments: Sequence[str], log: Path, allowed: Sequence[int] = (0,)) -> int:
    """The exit code of ``python -m module``, one of ``allowed``; what it says goes to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", module, *arguments]
    with log.open("ab") as stream:
        code = subprocess.run(
            command, stdout=stream, stderr=subprocess.STDOUT, env=environment, check=False
        ).returncode
    if code not in allowed:
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        said = lines[-1].removeprefix("error: ") if lines else f"ended with {code}"
        raise EdgeError(f"{log}: {said}; correct that, and start this command again")
    return code
