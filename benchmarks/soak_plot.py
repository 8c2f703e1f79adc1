"""The picture of a soak: what the app held and did over time, interruptions marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.ticker

matplotlib.use("Agg")  # no screen needed

import matplotlib.pyplot as plt

from benchmarks.output import save_figure

_BLUE, _ORANGE, _GREY = "#1f5f99", "#b8560f", "#c9c9c9"


def draw(result: dict[str, Any], path: Path) -> None:
    """Four panels over one time axis, as a picture file; ``result`` is what soak.py writes."""
    figure, panels = plt.subplots(4, 1, sharex=True, figsize=(9, 7.5), layout="constrained")
    samples = result["samples"]
    minutes = [sample["elapsed_s"] / 60 for sample in samples]
    for panel, (title, names) in zip(panels, _PANELS, strict=True):
        for outcome in result["recovery"]["interruptions"]:
            panel.axvline(outcome["at_s"] / 60, color=_GREY, linewidth=0.8, zorder=0)
        for name, colour in zip(names, (_BLUE, _ORANGE), strict=False):
            values = [sample[name] for sample in samples]
            panel.plot(minutes, values, color=colour, linewidth=1.3)
            if len(names) > 1:
                panel.annotate(
                    f" {_NAMES[name]}", (minutes[-1], values[-1]), color=colour, va="center"
                )
        panel.set_title(title, loc="left", fontsize=10)
        panel.set_ylim(0, 1.15 * panel.get_ylim()[1])
        panel.spines[["top", "right"]].set_visible(False)
    panels[1].yaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
    panels[-1].set_xlabel("minutes; a grey line is an interruption of the stream")
    figure.suptitle(_headline(result), x=0.01, ha="left", fontsize=10)
    save_figure(figure, path)


_PANELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("memory, MB resident", ("memory_mb",)),
    ("open files and threads", ("descriptors", "threads")),
    ("frames classified per second", ("fps",)),
    ("frame age, ms from capture to label, p50", ("frame_age_p50_ms",)),
)
_NAMES = {"descriptors": "files", "threads": "threads"}


def _headline(result: dict[str, Any]) -> str:
    recovery, memory = result["recovery"], result["growth"]["memory_mb"]
    return (
        f"{result['length_s'] / 60:g} min, {recovery['n']} interruptions: memory"
        f" {memory['first_median']:.1f} MB in the first quarter, {memory['last_median']:.1f} MB in"
        f" the last; label back after p50 {recovery['recovery_p50_s']:.2f} s,"
        f" max {recovery['recovery_max_s']:.2f} s"
    )
