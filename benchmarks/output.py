"""Where a benchmark's figures go: looked at before it measures, written when it has."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.atomic import replace_file
from edge.errors import OutputError, UsageError

_NO_MATPLOTLIB = "pip install -r requirements-train.txt, or leave --plot out"


def check_targets(
    json_file: Path | None, plot: Path | None = None, no_matplotlib: str = _NO_MATPLOTLIB
) -> None:
    """UsageError unless both can be written: better told before the measurement than after it.

    Makes the folders that are missing. ``no_matplotlib`` is the remedy where that is.
    """
    if json_file is not None:
        _check_file("--json", json_file)
    if plot is not None:
        _check_plot(plot, no_matplotlib)
        _check_file("--plot", plot)


def cut_short(error: BaseException | None) -> dict[str, str]:
    """What a result says of the error or the Ctrl-C that ended it early; nothing of none."""
    return {} if error is None else {"cut_short": str(error) or "interrupted"}


def write_json(result: Mapping[str, Any], path: Path | None) -> None:
    """``result`` as the file that --json named, and a line that says so; nothing for None."""
    if path is None:
        return
    with replace_file(path) as stream:
        stream.write(json.dumps(result, indent=1).encode() + b"\n")
    print(f"written: {path}")


def save_figure(figure: Any, path: Path) -> None:
    """Write a matplotlib figure and close it; OutputError where it cannot be written."""
    import matplotlib.pyplot as plt

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be written ({error}); name a .png or .svg") from error
    finally:
        plt.close(figure)


def _check_file(option: str, path: Path) -> None:
    fault = "is a folder" if path.is_dir() else None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        fault = error.strerror or str(error)
    if fault is not None:
        raise UsageError(f"{option}: {path}: cannot be written ({fault}); choose another place")


def _check_plot(path: Path, no_matplotlib: str) -> None:
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError as error:
        raise UsageError(
            f"--plot: {path}: drawing needs matplotlib, which is missing; {no_matplotlib}"
        ) from error
    if path.suffix.removeprefix(".").lower() not in FigureCanvasBase.filetypes:
        raise UsageError(
            f"--plot: {path}: no kind of picture that can be drawn; name a .png, .svg or .pdf"
        )
