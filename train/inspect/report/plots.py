"""How many pictures the classes have, and of what size the pictures are, as plots."""

from __future__ import annotations

import warnings
from collections import Counter
from io import BytesIO

import matplotlib

matplotlib.use("Agg")  # no screen needed

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from train.inspect.checks.balance import ratio
from train.inspect.survey import Survey

plt.rcParams["text.parse_math"] = False  # a label may hold a dollar sign

_DPI = 110
_ACCENT, _DIM = "#2c6cb0", "#5a6570"
_MOST_BARS = 60
_WIDE = 8  # largest side to smallest, beyond which a logarithmic scale shows both


def balance_plot(survey: Survey) -> bytes:
    """PNG of a bar a class, the largest first; of many classes the largest and the smallest."""
    order = np.argsort(-survey.counts, kind="stable")
    if len(order) > _MOST_BARS:
        half = _MOST_BARS // 2
        order = np.concatenate([order[:half], order[-half:]])
    labels = [survey.labels[c] for c in order]
    counts = survey.counts[order]
    figure, axes = plt.subplots(figsize=(8, 1.2 + 0.3 * len(order)), layout="constrained")
    axes.barh(range(len(order)), counts, color=_ACCENT, height=0.7)
    for row, count in enumerate(counts):
        axes.text(count, row, f" {count:,}", va="center", color=_DIM, size=9)
    axes.axvline(survey.counts.mean(), color=_DIM, linestyle=":", linewidth=1)
    axes.set_yticks(range(len(order)), labels)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.set(xlabel="pictures (dotted: the mean of a class)")
    axes.set_title(f"largest class to smallest: {ratio(survey):.1f}", size=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def size_plot(survey: Survey) -> bytes:
    """PNG of widths and heights, the area of a dot as the number of pictures."""
    sizes = Counter((look.width, look.height) for look in survey.looks)
    widths, heights = np.array(list(sizes)).T
    areas = 12 + 400 * np.array(list(sizes.values())) / len(survey.looks)
    figure, axes = plt.subplots(figsize=(6, 4.6), layout="constrained")
    axes.scatter(widths, heights, s=areas, color=_ACCENT, alpha=0.55, linewidths=0)
    sides = np.concatenate([widths, heights])
    is_wide = sides.max() > _WIDE * sides.min()
    ends = (0.8 * sides.min() if is_wide else 0), 1.15 * sides.max()
    axes.plot(ends, ends, color=_DIM, linestyle=":", linewidth=1)
    axes.axhspan(ends[0], survey.size, color=_DIM, alpha=0.08, linewidth=0)
    axes.axvspan(ends[0], survey.size, color=_DIM, alpha=0.08, linewidth=0)
    if is_wide:
        axes.set(xscale="log", yscale="log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            axis.set_minor_formatter(NullFormatter())
    axes.set(xlim=ends, ylim=ends, aspect="equal", xlabel="width, pixels", ylabel="height, pixels")
    title = f"dotted: square, nothing is cut away\ngrey: below {survey.size} pixels, enlarged"
    axes.set_title(title, size=9, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _png(figure: plt.Figure) -> bytes:
    stream = BytesIO()
    with warnings.catch_warnings():
        # A label in letters that the font lacks is drawn as boxes; the report's text has it whole.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        figure.savefig(stream, dpi=_DPI)
    plt.close(figure)
    return stream.getvalue()
