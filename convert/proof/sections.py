"""The report's sections on accuracy: formats, classes, disagreements, scores, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import cv2
import numpy as np
from numpy.typing import NDArray

from convert.proof.charts import change_bar, reliability_diagram
from convert.proof.disagreements import Disagreement
from convert.proof.evidence import Evidence
from convert.proof.formats import NAMES, FormatRow, Measured, justify
from convert.proof.markup import Child, picture, table, tag
from convert.proof.wording import drop_interval, interval, milliseconds, signed
from edge.preprocess import FrameToInput, to_pixels

_RESTLESS = 1.5  # rounds of one file that differ by more were disturbed
_MOST_CLASSES = 40  # rows of the table of classes
_MOST_CONFUSED = 20  # classes up to which the matrix fits on a page
_LARGEST_SIDE = 192  # pixels of a picture in the page
_SMALL_SIDE = 96  # below it pixels are shown as they are


def formats(evidence: Evidence) -> Element | None:
    """Every format with every runtime, and whether the chosen one is worth it."""
    if not evidence.formats:
        return None
    judged = next(
        (r.result.accuracy.n for r in evidence.formats if isinstance(r.result, Measured)), 0
    )
    head = (
        *("Format", "bytes", "runtime", "top-1, %", "95 % CI", "drop, points", "95 % CI"),
        *("p50, ms", "p95, ms"),
    )
    rows = _format_rows(evidence.formats)
    board = evidence.board
    place = "" if board is None else f" on {board.cpu or board.name or board.architecture}"
    return tag(
        "section",
        tag("h2", "Formats and runtimes"),
        tag("p", justify(evidence.formats, evidence.format)),
        table(head, rows, numbers=(1, 3, 4, 5, 6, 7, 8)),
        tag(
            "p",
            f"Accuracy on {judged:,} held-out pictures, the same for all; the drop is against"
            f" float32 with the same runtime. Times are those of one invoke with one thread{place}:"
            f" each file in processes of its own, in turn, {_timed(evidence.formats)}.",
            class_="more",
        ),
    )


def classes(evidence: Evidence) -> Element:
    """Recall of each class before and after, the largest loss first."""
    known = [c for c in evidence.findings.classes if c.change is not None]
    known.sort(key=lambda c: c.change or 0.0)
    shown = known[:_MOST_CLASSES]
    largest = max((abs(c.change or 0.0) for c in shown), default=0.0)
    rows: list[list[Child]] = [
        [
            c.label,
            f"{c.n:,}",
            f"{c.float_right / c.n:.1%}",
            f"{c.int8_right / c.n:.1%}",
            signed(c.change or 0.0, 1),
            change_bar(c.change or 0.0, largest),
        ]
        for c in shown
    ]
    left_out = len(known) - len(shown)
    absent = len(evidence.findings.classes) - len(known)
    notes = [f"{left_out:,} classes with less loss are in the JSON."] if left_out else []
    notes += [f"{absent:,} classes have no held-out pictures."] if absent else []
    head = ("Class", "n", "float32", NAMES[evidence.format], "change, points", "")
    return tag(
        "section",
        tag("h2", "Change by class"),
        tag("p", "Share of each class that is found (recall).", class_="lead"),
        table(head, rows, numbers=(1, 2, 3, 4)),
        tag("p", " ".join(notes), class_="more") if notes else None,
    )


def disagreements(evidence: Evidence) -> Element:
    """The pictures that got another answer, the worst first."""
    agreement = evidence.findings.comparison.agreement
    count = agreement.n - agreement.right
    shown = evidence.findings.disagreements
    if not shown:
        text = f"Both files gave the same answer for all {agreement.n:,} pictures."
        return tag("section", tag("h2", "Worst disagreements"), tag("p", text))
    which = "all" if len(shown) == count else f"the worst {len(shown)}"
    text = (
        f"{count:,} of {agreement.n:,} pictures got another answer; here {which}: first those that"
        f" {NAMES[evidence.format]} gets wrong, surest first. Scores are those of the files, before"
        " the temperature."
    )
    cards = [_card(one, evidence.format == "int8") for one in shown]
    return tag(
        "section",
        tag("h2", "Worst disagreements"),
        tag("p", text, class_="lead"),
        tag("ul", *cards, class_="sheet"),
    )


def scores(evidence: Evidence) -> Element | None:
    """Whether scores can be taken at their word, before and after the temperature."""
    if (values := evidence.scores) is None:
        return None
    name = NAMES[evidence.format]
    drawings = (
        reliability_diagram(values.reference, "float32"),
        reliability_diagram(values.before, name),
        reliability_diagram(values.after, f"{name}, T = {values.temperature:g}"),
    )
    text = (
        f"The temperature {values.temperature:g}, fitted on validation pictures, brings the"
        f" expected calibration error (ECE, {len(values.before.bins)} bins) from"
        f" {values.before.ece:.4f} to {values.after.ece:.4f} on the {values.n:,} test pictures."
        " Bars on the dashed line mean that an answer with a score of 0.8 is right in 8 of 10"
        " cases; below, how many answers have such a score."
    )
    if evidence.unknown_threshold is not None:
        text += (
            f" A best score below {evidence.unknown_threshold:g}, after the temperature, is"
            " reported as unknown."
        )
    return tag(
        "section",
        tag("h2", "What a score is worth"),
        tag("p", text, class_="lead"),
        tag("div", *drawings, class_="diagrams"),
    )


def confusion(evidence: Evidence) -> Element | None:
    """What is taken for what by the quantized file."""
    counts = evidence.findings.confusion
    labels = [c.label for c in evidence.findings.classes]
    if len(labels) > _MOST_CONFUSED:
        return None
    rows: list[list[Child]] = [
        [label, *(_heat(count, counts[i].sum()) for count in counts[i])]
        for i, label in enumerate(labels)
    ]
    grid = table(("truth \N{RIGHTWARDS ARROW} answer", *labels), rows, range(1, len(labels) + 1))
    grid.set("class", "scroll confusion")
    for cell in grid.iter("td"):
        if (inner := cell.find("span")) is not None:
            cell.set("style", inner.attrib.pop("style"))
    title = f"What {NAMES[evidence.format]} takes for what"
    return tag("section", tag("h2", title), grid)


def _format_rows(rows: Sequence[FormatRow]) -> list[list[Child]]:
    ran = [row.result for row in rows if isinstance(row.result, Measured)]
    p50s = iter(milliseconds(*(result.timing.p50_ms for result in ran)))
    p95s = iter(milliseconds(*(result.timing.p95_ms for result in ran)))
    cells: list[list[Child]] = []
    previous = None
    for row in rows:
        # Said once for all runtimes, so that the formats stand out.
        start = ("", "") if row.format == previous else (NAMES[row.format], f"{row.bytes:,}")
        previous = row.format
        runtime = tag("span", f"{row.runtime} {row.runtime_version}", class_="whole")
        if isinstance(row.result, str):
            cells.append([*start, runtime, f"does not run: {row.result}"])
        else:
            cells.append([*start, runtime, *_accuracy(row, row.result), next(p50s), next(p95s)])
    return cells


def _accuracy(row: FormatRow, result: Measured) -> tuple[str, str, str, str]:
    """Top-1 with its interval, drop with its interval; float32 has none against itself."""
    top1 = f"{100 * result.accuracy.top1:.2f}", interval(result.accuracy)
    if result.drop is None or row.format == "float32":
        return *top1, "", ""
    return *top1, signed(result.drop.points), drop_interval(result.drop)


def _timed(rows: Sequence[FormatRow]) -> str:
    timings = [row.result.timing for row in rows if isinstance(row.result, Measured)]
    if not timings:
        return "none of which ran"
    counts = [timing.n for timing in timings]
    rounds = max(len(timing.round_p50s_ms) for timing in timings)
    text = f"{min(counts):,} to {max(counts):,} invokes of each in {rounds} rounds"
    unrest = max(timing.unrest for timing in timings)
    if unrest > _RESTLESS:
        text += (
            f". The machine was busy, so take them with care: a round took up to {unrest:.1f} times"
            " as long as another of the same file"
        )
    return text


def _card(one: Disagreement, is_int8: bool) -> Element:
    answers = []
    for name, answer in (
        ("float", one.float_answer),
        ("int8" if is_int8 else "new", one.int8_answer),
    ):
        state = "good" if answer.label == one.truth else "bad"
        answers += [
            tag("dt", name),
            tag("dd", answer.label, class_=state),
            tag("dd", f"{answer.score:.2f}"),
        ]
    truth = [tag("dt", "truth"), tag("dd", one.truth), tag("dd")]
    description = (
        f"{one.truth}; float32 says {one.float_answer.label}, the quantized file says"
        f" {one.int8_answer.label}"
    )
    shown = _thumbnail(one.pixels, description)
    return tag("li", shown, tag("dl", *truth, *answers), tag("p", one.name, class_="name"))


def _thumbnail(pixels: NDArray[np.uint8], description: str) -> Element:
    height, width = pixels.shape[:2]
    scale = min(1.0, _LARGEST_SIDE / max(height, width))
    spec = FrameToInput(
        max(1, round(width * scale)), max(1, round(height * scale)), 3, crop="squash"
    )
    ok, encoded = cv2.imencode(".png", to_pixels(pixels, spec)[:, :, ::-1])
    if not ok:
        raise ValueError(f"OpenCV cannot encode pixels of shape {pixels.shape}")
    image = picture(encoded.tobytes(), "png", description)
    if max(height, width) < _SMALL_SIDE:
        image.set("class", "small")
    return image


def _heat(count: int, total: int) -> Element:
    share = count / total if total else 0.0
    # Root: rare mistakes stay visible.
    strength = 100 * float(np.sqrt(share)) * 0.55
    style = f"background: color-mix(in srgb, var(--accent) {strength:.0f}%, var(--paper))"
    return tag("span", f"{count:,}" if count else "", style=style)
