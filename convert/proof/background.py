"""The report's sections on how the file was made and where it runs."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from convert.proof.evidence import Evidence
from convert.proof.formats import NAMES
from convert.proof.markup import Child, picture, table, tag
from convert.proof.wording import interval, milliseconds, signed, size

_MOST_LAYERS = 10


def robustness(evidence: Evidence) -> Element | None:
    """Accuracy under what cameras do to pictures."""
    if (values := evidence.robustness) is None:
        return None
    rows: list[list[Child]] = [
        ["no fault", "", f"{values.clean.top1:.1%}", interval(values.clean), ""]
    ]
    previous = ""
    for row in values.rows:
        lost = 100 * (row.accuracy.top1 - values.clean.top1)
        name = row.name if row.name != previous else ""
        previous = row.name
        figures = [f"{row.accuracy.top1:.1%}", interval(row.accuracy), signed(lost, 1)]
        rows.append([name, row.level, *figures])
    plot = evidence.robustness_plot
    description = "Accuracy under each fault and level; the figures are in the table"
    return tag(
        "section",
        tag("h2", "What cameras do to pictures"),
        tag(
            "p",
            f"Top-1 of {NAMES[evidence.format]} on {values.clean.n:,} held-out pictures under each"
            f" fault, from mild to strong; mean over all faults {values.score:.1%}.",
            class_="lead",
        ),
        None if plot is None else tag("figure", picture(plot, "png", description), class_="plot"),
        table(("Fault", "level", "top-1", "95 % CI, %", "change, points"), rows, (2, 3, 4)),
    )


def compatibility(evidence: Evidence) -> Element | None:
    """Which runtimes and tools take the file."""
    if not evidence.verdicts:
        return None
    rows: list[list[Child]] = [
        [
            tag("span", one.target, class_="whole"),
            _passed(one.takes, "yes", "no"),
            _noted("; ".join(one.reasons), one.basis),
        ]
        for one in evidence.verdicts
    ]
    return tag(
        "section", tag("h2", "Where it runs"), table(("Target", "takes it", "remarks"), rows)
    )


def operators(evidence: Evidence) -> Element | None:
    """What the graph is made of."""
    if not evidence.operators:
        return None
    total = sum(one.count for one in evidence.operators)
    rows: list[list[Child]] = [
        [tag("code", one.name), f"{one.version}", f"{one.count:,}", "; ".join(one.types)]
        for one in evidence.operators
    ]
    return tag(
        "section",
        tag("h2", "Operators"),
        tag("p", f"{total:,} operators of {len(rows)} kinds.", class_="lead"),
        table(("Operator", "version", "count", "types"), rows, (1, 2)),
    )


def calibration(evidence: Evidence) -> Element | None:
    """The pictures that showed the converter each layer's range."""
    if (values := evidence.calibration) is None:
        return None
    counts = list(values.by_class.values())
    rows: list[list[Child]] = [
        ["Pictures", f"{len(values.pixels):,}"],
        ["From", values.origin],
        ["Seed", f"{values.seed}"],
        ["Duplicates left out", f"{values.duplicates:,}"],
        ["SHA-256", tag("span", values.sha256, class_="hash")],
    ]
    if counts:
        fewest, most = min(counts), max(counts)
        each = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
        rows.insert(2, ["Of each class", each])
    if values.unlabelled:
        rows.append(["Of unknown class", f"{values.unlabelled:,}"])
    if (correction := evidence.correction_of(evidence.format)) is not None:
        rows.append(["Used for", f"each layer's range; {correction.told()}"])
    return tag(
        "section",
        tag("h2", "Calibration pictures"),
        _sentences(evidence.doubts),
        table(("", ""), rows),
    )


def layers(evidence: Evidence) -> Element | None:
    """The layers that quantization hurts most."""
    if not evidence.layers:
        return None
    rows: list[list[Child]] = [
        [one.name, tag("code", one.kind), f"{one.changed:.1%}", f"{one.divergence:.4f}"]
        for one in evidence.layers[:_MOST_LAYERS]
    ]
    return tag(
        "section",
        tag("h2", "Layers that cost most"),
        tag(
            "p",
            "Each layer alone in int8, all others in float32: how many answers change, and how far"
            " the scores move (Kullback-Leibler divergence).",
            class_="lead",
        ),
        table(("Layer", "operator", "answers changed", "divergence, nats"), rows, (2, 3)),
    )


def rescue(evidence: Evidence) -> Element | None:
    """What was tried to save the file, and what each try gave and cost."""
    if (tried := evidence.rescue) is None:
        return None
    rows: list[list[Child]] = [
        [
            _noted(one.what, one.note),
            signed(one.drop_points),
            _passed(one.passes),
            f"{one.size_bytes:,}",
            *milliseconds(one.invoke_ms),
            f"{one.seconds:.0f}",
            ", ".join(one.runtimes) or "none",
        ]
        for one in tried.attempts
    ]
    head = ("Tried", "drop, points", "gate", "bytes", "invoke, ms", "took, s", "runs with")
    n = max((one.verdict.drop.n for one in tried.attempts), default=0)
    won = "None passed." if tried.won_by is None else f"The first that passed: {tried.won_by.what}."
    return tag(
        "section",
        tag("h2", "Rescue"),
        tag("p", f"Judged on {n:,} validation pictures. {won}", class_="lead"),
        table(head, rows, (1, 3, 4, 5)),
        _sentences(tried.skipped),
    )


def making(evidence: Evidence) -> Element | None:
    """Time and memory of the conversions, the tools, the machine, the file's hash."""
    conversions: list[list[Child]] = [
        [NAMES[name], f"{one.seconds:.1f}", f"{one.peak_mb:,.0f}", size(len(one.data))]
        for name, one in evidence.conversions.items()
    ]
    facts: list[list[Child]] = [
        ["File", evidence.file_name],
        ["SHA-256", tag("span", evidence.sha256, class_="hash")],
    ]
    facts += [[name, version] for name, version in evidence.tools.items()]
    if (board := evidence.board) is not None:
        parts = (board.name, board.cpu, board.os, f"{board.cores} cores" if board.cores else None)
        facts.append(["Machine", ", ".join(filter(None, parts))])
    head = ("Format", "conversion, s", "peak memory, MB", "graph")
    return tag(
        "section",
        tag("h2", "How it was made"),
        table(head, conversions, (1, 2, 3)) if conversions else None,
        table(("", ""), facts),
    )


def _passed(value: bool, yes: str = "passed", no: str = "failed") -> Element:
    return tag("span", yes if value else no, class_="good" if value else "bad")


def _noted(text: str, note: str) -> Element:
    """``text`` with something smaller below it."""
    line = tag("br") if text and note else None
    return tag("span", text, line, tag("span", note, class_="more"))


def _sentences(texts: Sequence[str]) -> Element | None:
    return tag("ul", *(tag("li", text) for text in texts), class_="plain") if texts else None
