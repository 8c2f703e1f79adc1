"""The picture of a comparison: time, memory and start of each peer, in both modes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # no screen needed

import matplotlib.pyplot as plt

from benchmarks.comparison.peers import PEERS
from benchmarks.output import save_figure

_COLOURS = ("#1f5f99", "#b8560f")
_PANELS = (
    ("frame_p50_ms", "frame to label, ms, p50", 2),
    ("memory_mb", "memory, MB resident", 0),
    ("first_label_s", "start to first label, s", 2),
)


def draw(result: dict[str, Any], path: Path) -> None:
    """Bars with the range over the rounds, as a picture file, of what peers.py writes."""
    rows = {peer: row for peer, row in result["peers"].items() if row["missing"] is None}
    height = 1.4 + 0.55 * len(rows)
    figure, panels = plt.subplots(1, 3, sharey=True, figsize=(12, height), layout="constrained")
    wide = 0.8 / len(result["modes"])
    for panel, (name, title, digits) in zip(panels, _PANELS, strict=True):
        for place, (mode, about) in enumerate(result["modes"].items()):
            spreads = [row["modes"][mode][name] for row in rows.values()]
            at = [number + (place - 0.5) * wide for number in range(len(rows))]
            medians = [spread["median"] for spread in spreads]
            below = [spread["median"] - spread["low"] for spread in spreads]
            above = [spread["high"] - spread["median"] for spread in spreads]
            panel.barh(at, medians, wide * 0.9, color=_COLOURS[place], label=about)
            panel.errorbar(
                medians, at, xerr=(below, above), fmt="none", ecolor="#444444", linewidth=0.8
            )
            for y, spread in zip(at, spreads, strict=True):
                panel.annotate(
                    f" {spread['median']:.{digits}f}", (spread["high"], y), va="center", fontsize=8
                )
        panel.set_title(title, loc="left", fontsize=10)
        panel.set_xlim(0, 1.15 * panel.get_xlim()[1])
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks(range(len(rows)), [PEERS[peer].title for peer in rows])
    panels[0].invert_yaxis()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
    figure.suptitle(
        f"{result['model']['file']}, {result['rounds_n']} rounds; a thin line is their range",
        x=0.01,
        ha="left",
        fontsize=10,
    )
    save_figure(figure, path)
