"""What latency.py prints: the machine, a row a run, a line a window."""

from __future__ import annotations

from typing import Any

from edge.board import Board
from edge.classifier import Classifier

_STAGES = ("preprocess", "invoke", "postprocess", "frame_to_label")


def describe(board: Board, classifier: Classifier) -> str:
    """Three lines on what is measured, on which machine."""
    spec = classifier.input_spec
    warmth = "unknown" if board.temperature_c is None else f"{board.temperature_c:.0f} degrees C"
    name = board.name or "unknown board"
    return (
        f"board     {name}, {board.cpu or board.architecture}, {board.cores} cores, {board.os}\n"
        f"governor  {board.governor or 'unknown'}, temperature {warmth}\n"
        f"model     {classifier.model_path.name} {classifier.model_id},"
        f" {spec.width}x{spec.height}x{spec.channels}, {len(classifier.labels)} classes"
    )


def header(fps: float) -> str:
    """The two lines over the rows."""
    stages = "".join(f"{name.replace('_', ' '):>26}" for name in _STAGES)
    columns = f"{'p50 / p90 / p99 ms':>26}" * len(_STAGES)
    age = f"age at {fps:g}/s"
    return (
        f"\n{'':<23}{'cold':>7}{'first':>9}{stages}{'own':>8}{age:>18}{'':>9}{'memory':>8}\n"
        f"{'runtime':<16}{'threads':>7}{'s':>7}{'ms':>9}{columns}{'%':>8}{'p50 / p99 ms':>18}"
        f"{'frames/s':>9}{'MB':>8}"
    )


def row(run: dict[str, Any]) -> str:
    """One runtime with one thread count."""
    cells = []
    for name in _STAGES:
        stage = run["stages"][name]
        cells.append(f"{stage['p50_ms']:.3f} / {stage['p90_ms']:.3f} / {stage['p99_ms']:.3f}")
    stages = "".join(f"{cell:>26}" for cell in cells)
    age = f"{run['frame_age']['p50_ms']:.2f} / {run['frame_age']['p99_ms']:.2f}"
    memory = "-" if run["rss_mb"] is None else f"{run['rss_mb']:.0f}"
    cold, own = run["cold_start"], 100 * run["own"]["of_invoke"]
    return (
        f"{run['runtime']:<16}{run['threads']:>7}{cold['total_s']:>7.2f}"
        f"{cold['first_frame_s'] * 1000:>9.2f}{stages}{own:>8.1f}{age:>18}"
        f"{run['throughput_fps']:>9.1f}{memory:>8}"
    )


def window_header() -> str:
    """The line over the windows of a sustained run."""
    return (
        f"{'from s':>8}{'frames/s':>10}{'p50 / p90 / p99 ms':>28}{'degrees C':>11}{'MHz':>7}"
        "  throttled"
    )


def window_row(window: dict[str, Any]) -> str:
    """One window of a sustained run; a dash for what the machine does not tell."""
    times = f"{window['p50_ms']:.3f} / {window['p90_ms']:.3f} / {window['p99_ms']:.3f}"
    warmth = "-" if window["temperature_c"] is None else f"{window['temperature_c']:.1f}"
    throttled = "-" if window["throttled"] is None else ", ".join(window["throttled"]) or "no"
    return (
        f"{window['start_s']:>8.0f}{window['fps']:>10.1f}{times:>28}{warmth:>11}"
        f"{window['clock_mhz'] or '-':>7}  {throttled}"
    )
