"""The picture of a latency result: python -m benchmarks.timing.plot latency.json latency.png.

A command of its own, because a device has no matplotlib: its JSON file is drawn on the desktop.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.output import save_figure
from benchmarks.timing.against import Result, read_result
from edge.cli import run_command
from edge.errors import DataError, OutputError

# A device has no matplotlib.
DRAW_ELSEWHERE = (
    "keep the --json file and draw it on a desktop: python -m benchmarks.timing.plot FILE.json"
    " FILE.png"
)
_STAGES = {"preprocess": "#1f5f99", "invoke": "#9dbad5", "postprocess": "#b8560f"}
_BLUE, _ORANGE, _GREY = "#1f5f99", "#b8560f", "#8a8a8a"


def draw(result: Result, path: Path) -> None:
    """Where a frame's time goes for each run and, where there is one, the sustained run.

    Raises OutputError without matplotlib, or where ``path`` cannot be written.
    """
    plt = _pyplot(path)
    sustained = result.get("sustained")
    heights = [0.9 + 0.42 * len(result["runs"])] + ([1.6, 1.2] if sustained else [])
    figure, panels = plt.subplots(
        len(heights), 1, figsize=(9, 1.6 + sum(heights)), layout="constrained",
        height_ratios=heights, squeeze=False,
    )  # fmt: skip
    _draw_stages(panels[0, 0], result["runs"])
    if sustained:
        panels[1, 0].sharex(panels[2, 0])
        _draw_times(panels[1, 0], sustained["windows"])
        _draw_board(panels[2, 0], sustained["windows"])
    for panel in panels[:, 0]:
        panel.spines[["top", "right"]].set_visible(False)
    board, model = result["board"], result["model"]
    figure.suptitle(
        f"{model['file']} on {board['name'] or board['cpu'] or board['architecture']}"
        f" ({board['cores']} cores), frames of"
        f" {result['frame']['width']}x{result['frame']['height']}",
        x=0.01, ha="left", fontsize=11,
    )  # fmt: skip
    save_figure(figure, path)


def _pyplot(path: Path) -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise OutputError(
            f"{path}: drawing needs matplotlib, which is missing; {DRAW_ELSEWHERE}"
        ) from error
    matplotlib.use("Agg")  # no screen needed
    import matplotlib.pyplot as plt

    return plt


def _draw_stages(panel: Any, runs: Sequence[dict[str, Any]]) -> None:
    names = [f"{run['runtime']}, {run['threads']} thread(s)" for run in runs]
    left = [0.0] * len(runs)
    for stage, colour in _STAGES.items():
        widths = [run["stages"][stage]["p50_ms"] for run in runs]
        panel.barh(names, widths, left=left, color=colour, label=stage, height=0.6)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    p99_ms = [run["stages"]["frame_to_label"]["p99_ms"] for run in runs]
    for end_ms, name, run in zip(map(max, left, p99_ms), names, runs, strict=True):
        words = f"  first label after {run['cold_start']['total_s']:.2f} s"
        panel.annotate(words, (end_ms, name), va="center", size=8)
    panel.set_xlim(right=1.2 * max(*left, *p99_ms))
    panel.plot(p99_ms, names, "|", color="black", markersize=12, label="frame to label, p99")
    panel.invert_yaxis()
    panel.set_title("ms a frame, p50 of each stage", loc="left", fontsize=10)
    panel.legend(frameon=False, fontsize=8, ncols=4, loc="upper left", bbox_to_anchor=(0, -0.12))


def _draw_times(panel: Any, windows: Sequence[dict[str, Any]]) -> None:
    minutes = [window["start_s"] / 60 for window in windows]
    for name, colour in (("p50_ms", _BLUE), ("p99_ms", _ORANGE)):
        values = [window[name] for window in windows]
        panel.plot(minutes, values, color=colour, linewidth=1.3, label=name.removesuffix("_ms"))
    for window in windows:
        if any(name.endswith(" now") for name in window["throttled"] or ()):
            end_s = window["start_s"] + window["seconds"]
            panel.axvspan(window["start_s"] / 60, end_s / 60, color="#f3d3c2", zorder=0)
    panel.set_ylim(bottom=0)
    panel.set_title("sustained: ms from frame to label (shaded: held back by the firmware)",
        loc="left", fontsize=10)  # fmt: skip
    panel.legend(frameon=False, fontsize=8, ncols=2)


def _draw_board(panel: Any, windows: Sequence[dict[str, Any]]) -> None:
    minutes = [window["start_s"] / 60 for window in windows]
    panel.set_xlabel("minutes")
    warm = [window["temperature_c"] for window in windows]
    clocks = [window["clock_mhz"] for window in windows]
    told = []
    if any(value is not None for value in warm):
        panel.plot(minutes, [_known(value) for value in warm], color=_ORANGE, linewidth=1.3)
        panel.set_ylabel("degrees C", color=_ORANGE)
        told.append("temperature")
    if any(value is not None for value in clocks):
        other = panel.twinx()
        other.plot(minutes, [_known(value) for value in clocks], color=_GREY, linewidth=1.3)
        other.set_ylabel("MHz", color=_GREY)
        other.set_ylim(bottom=0)
        other.spines["top"].set_visible(False)
        told.append("clock of the fastest core")
    if "temperature" not in told:
        panel.set_yticks([])
    title = " and ".join(told) or "this machine tells neither temperature nor clock"
    panel.set_title(title, loc="left", fontsize=10)


def _known(value: float | None) -> float:
    return float("nan") if value is None else value


def run(args: argparse.Namespace) -> None:
    """Draw one stored result."""
    result = read_result(args.result)
    try:
        draw(result, args.picture)
    except KeyError as error:
        raise DataError(
            f"{args.result}: has no {error.args[0]}; give a file that latency.py --json wrote"
        ) from error
    print(f"written: {args.picture}")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.timing.plot", description="Draw a file of latency.py --json."
    )
    parser.add_argument("result", type=Path, help="the JSON file")
    parser.add_argument("picture", type=Path, help="a .png, .svg or .pdf to write")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
