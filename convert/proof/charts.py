"""Small drawings as SVG inside the page, in its own colours by day and by night."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from convert.proof.markup import tag
from edge.reliability import Reliability

_SIDE = 200.0  # of the diagram's square, in units of the drawing
_LEFT, _TOP = 34.0, 8.0
_STRIP = 34.0  # height of the histogram below
_GAP = 10.0


def reliability_diagram(values: Reliability, title: str) -> Element:
    """Accuracy over score: bars on the dashed line mean that scores can be taken at their word.

    Below it, how many answers fall into each bin.
    """
    bottom = _TOP + _SIDE
    floor = bottom + _GAP + _STRIP
    parts = [_bars(values, bottom), _histogram(values, floor), _axes(bottom, floor)]
    diagonal = tag("line", x1=_LEFT, y1=bottom, x2=_LEFT + _SIDE, y2=_TOP, class_="ideal")
    drawing = tag(
        "svg",
        *parts,
        diagonal,
        viewBox=f"0 0 {_LEFT + _SIDE + 8:g} {floor + 34:g}",
        role="img",
        aria_label=f"Reliability diagram of {title}: expected calibration error {values.ece:.4f}",
    )
    caption = tag(
        "figcaption", tag("strong", title), tag("span", f"ECE {values.ece:.4f}", class_="n")
    )
    return tag("figure", caption, drawing)


def change_bar(points: float, largest: float) -> Element:
    """A bar to the left for a loss, to the right for a gain; ``largest`` fills half the width."""
    length = 50 * abs(points) / largest if largest else 0.0
    return tag(
        "svg",
        tag("line", x1=50, y1=0, x2=50, y2=12, class_="axis"),
        tag(
            "rect",
            x=50 - length if points < 0 else 50,
            y=2,
            width=length,
            height=8,
            class_="loss" if points < 0 else "gain",
        ),
        viewBox="0 0 100 12",
        class_="change",
        aria_hidden="true",
    )


def _bars(values: Reliability, bottom: float) -> Element:
    step = _SIDE / len(values.bins)
    bars = [
        tag(
            "rect",
            tag("title", f"{bin_.n:,} answers: score {bin_.score:.1%}, right {bin_.accuracy:.1%}"),
            x=_LEFT + place * step + 0.75,
            y=bottom - _SIDE * bin_.accuracy,
            width=step - 1.5,
            height=_SIDE * bin_.accuracy,
        )
        for place, bin_ in enumerate(values.bins)
        if bin_.n
    ]
    return tag("g", *bars, class_="bars")


def _histogram(values: Reliability, floor: float) -> Element:
    step = _SIDE / len(values.bins)
    most = max(bin_.n for bin_ in values.bins)
    bars = [
        tag(
            "rect",
            x=_LEFT + place * step + 0.75,
            y=floor - _STRIP * bin_.n / most,
            width=step - 1.5,
            height=_STRIP * bin_.n / most,
        )
        for place, bin_ in enumerate(values.bins)
    ]
    return tag("g", *bars, class_="counts")


def _axes(bottom: float, floor: float) -> Element:
    right = _LEFT + _SIDE
    parts = [
        tag("rect", x=_LEFT, y=_TOP, width=_SIDE, height=_SIDE, class_="frame"),
        tag("line", x1=_LEFT, y1=floor, x2=right, y2=floor, class_="axis"),
        _label("score", (_LEFT + right) / 2, floor + 28, "middle"),
    ]
    for share in (0.0, 0.5, 1.0):
        x, y = _LEFT + _SIDE * share, bottom - _SIDE * share
        parts.append(_label(f"{share:g}", x, floor + 14, "middle"))
        parts.append(_label(f"{share:g}", _LEFT - 6, y + 4, "end"))
    upright = _label("right", 0, 0, "middle")
    upright.set("transform", f"translate(10 {_TOP + _SIDE / 4:g}) rotate(-90)")
    return tag("g", *parts, upright, class_="axes")


def _label(text: str, x: float, y: float, anchor: str) -> Element:
    return tag("text", text, x=x, y=y, text_anchor=anchor)
