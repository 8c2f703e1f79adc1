"""The top of the report: the verdict in one line, the key figures, float against quantized."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from convert.proof.evidence import Evidence
from convert.proof.formats import NAMES, Measured
from convert.proof.markup import Child, table, tag
from convert.proof.timing import Timing
from convert.proof.wording import (
    drop_interval,
    interval,
    milliseconds,
    points,
    signed,
    size,
    times,
)


def header(evidence: Evidence) -> Element:
    """Name, verdict and key figures."""
    return tag(
        "header",
        tag("p", "Quantization report", class_="kind"),
        tag("h1", evidence.name),
        _verdict(evidence),
        _key_figures(evidence),
    )


def verdict_line(evidence: Evidence) -> tuple[str, str]:
    """The word and the sentence: did the file pass, what did it lose, on how many pictures."""
    change = evidence.findings.comparison.change
    kind = "loses" if change.points >= 0 else "gains"
    sentence = (
        f"{NAMES[evidence.format]} {kind} {abs(change.points):.2f} points of accuracy against"
        f" float32 (95 % CI of the drop {drop_interval(change)}, n = {change.n:,})"
    )
    if evidence.gate is None:
        return "Measured", sentence + "."
    word = "Passed" if evidence.gate.passes else "Failed"
    sentence += f"; the gate allows {evidence.gate.max_drop:g}."
    if evidence.gate.is_open:
        sentence += " The limit lies within the interval: more pictures could turn this verdict."
    return word, sentence


def side_by_side(evidence: Evidence) -> Element:
    """Both files on the same held-out pictures."""
    found = evidence.findings
    return tag(
        "section",
        tag("h2", "Float against quantized"),
        tag(
            "p",
            f"Both files classified the same {found.comparison.change.n:,} held-out pictures, one"
            f" by one, through the code that runs on the device ({found.runtime}). The interval of"
            " the change is that of paired answers.",
            class_="lead",
        ),
        table(
            ("", "float32", NAMES[evidence.format], "change"),
            [*_accuracies(evidence), *_costs(evidence)],
            numbers=(1, 2, 3),
        ),
    )


def _accuracies(evidence: Evidence) -> Iterator[list[Child]]:
    both = evidence.findings.comparison
    before, after, change = both.float_accuracy, both.int8_accuracy, both.change
    low, high = change.interval
    swapped = f"{change.lost:,} lost, {change.won:,} won"
    yield ["Top-1", f"{before.top1:.2%}", f"{after.top1:.2%}", points(-change.points)]
    moved = f"{signed(-high)} to {signed(-low)}"
    yield ["95 % interval, %", interval(before), interval(after), moved]
    yield ["Right answers", f"{before.right:,}", f"{after.right:,}", swapped]
    yield ["Same answer from both", "", f"{both.agreement.top1:.2%}", ""]
    if evidence.scores is not None:
        first, second = evidence.scores.reference.ece, evidence.scores.before.ece
        moved = signed(second - first, 4)
        yield ["ECE before the temperature", f"{first:.4f}", f"{second:.4f}", moved]


def _costs(evidence: Evidence) -> Iterator[list[Child]]:
    both = evidence.findings.comparison
    ratio = times(both.int8_bytes / both.float_bytes)
    yield ["Size", f"{both.float_bytes:,} B", f"{both.int8_bytes:,} B", ratio]
    if (timings := _timings(evidence)) is not None:
        runtime, before, after = timings
        ratio = times(after.p50_ms / before.p50_ms)
        p50s = milliseconds(before.p50_ms, after.p50_ms)
        yield [f"Invoke p50, {runtime}, ms", *p50s, ratio]
        yield [f"Invoke p95, {runtime}, ms", *milliseconds(before.p95_ms, after.p95_ms), ""]


def _verdict(evidence: Evidence) -> Element:
    word, sentence = verdict_line(evidence)
    state = {"Passed": "passed", "Failed": "failed"}.get(word, "open")
    return tag("p", tag("strong", f"{word}: "), sentence, class_=f"verdict {state}")


def _key_figures(evidence: Evidence) -> Element:
    return tag(
        "dl",
        *(
            tag(
                "div",
                tag("dt", name),
                tag("dd", value, class_="value"),
                tag("dd", note, class_="from"),
            )
            for name, value, note in _figures(evidence)
        ),
        class_="figures",
    )


def _figures(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    both = evidence.findings.comparison
    yield "Top-1", f"{both.int8_accuracy.top1:.2%}", f"float32 {both.float_accuracy.top1:.2%}"
    ratio = times(both.int8_bytes / both.float_bytes)
    yield "Size", size(both.int8_bytes), f"{ratio} of {size(both.float_bytes)}"
    if (timings := _timings(evidence)) is not None:
        runtime, before, after = timings
        ratio = times(after.p50_ms / before.p50_ms)
        old, new = milliseconds(before.p50_ms, after.p50_ms)
        yield f"Invoke, {runtime}", f"{new} ms", f"{ratio} of {old} ms"
    different = both.agreement.n - both.agreement.right
    yield (
        "Same answers",
        f"{both.agreement.top1:.2%}",
        f"{different:,} of {both.agreement.n:,} differ",
    )
    if evidence.scores is not None:
        scores = evidence.scores
        yield "Calibration error", f"{scores.after.ece:.4f}", f"before {scores.before.ece:.4f}"


def _timings(evidence: Evidence) -> tuple[str, Timing, Timing] | None:
    """Runtime, float32's time, the quantized file's: the first runtime that runs both."""
    results = {(r.runtime, r.format): r.result for r in evidence.formats}
    for row in evidence.formats:
        before = results.get((row.runtime, "float32"))
        after = results.get((row.runtime, evidence.format))
        if isinstance(before, Measured) and isinstance(after, Measured):
            return row.runtime, before.timing, after.timing
    return None
