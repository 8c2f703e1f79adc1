"""The report's sections on how the file was made and where it runs."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from convert.proof.evidence import Evidence
from convert.proof.formats import NAMES
from convert.proof.markup import Child, picture, table, tag
from convert.proof.wording import drop_interval, interval, milliseconds, signed, size


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
            one.target,
            tag("span", "yes", class_="good") if one.takes else tag("span", "no", class_="bad"),
            "; ".join(one.reasons),
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
        [tag("code", one.name), f"{one.version}", f"{one.count:,}"] for one in evidence.operators
    ]
    return tag(
        "section",
        tag("h2", "Operators"),
        tag("p", f"{total:,} operators of {len(rows)} kinds.", class_="lead"),
        table(("Operator", "version", "count"), rows, (1, 2)),
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
    return tag(
        "section",
        tag("h2", "Calibration pictures"),
        tag("ul", *(tag("li", text) for text in evidence.doubts), class_="plain")
        if evidence.doubts
        else None,
        table(("", ""), rows),
    )


def layers(evidence: Evidence) -> Element | None:
    """The layers that quantization hurts most."""
    if not evidence.layers:
        return None
    rows: list[list[Child]] = [
        [one.name, tag("code", one.operator), f"{one.error:.4g}"] for one in evidence.layers
    ]
    head = ("Layer", "operator", evidence.layers[0].measure)
    return tag("section", tag("h2", "Layers that cost most"), table(head, rows, (2,)))


def attempts(evidence: Evidence) -> Element | None:
    """What was tried to save the file, and what each try gave and cost."""
    if not evidence.attempts:
        return None
    rows: list[list[Child]] = [
        [
            one.name,
            *(
                ("", "")
                if one.change is None
                else (signed(one.change.points), drop_interval(one.change))
            ),
            "" if one.bytes is None else f"{one.bytes:,}",
            "" if one.p50_ms is None else milliseconds(one.p50_ms)[0],
            f"{one.seconds:.0f}",
            tag("span", "passed", class_="good")
            if one.passed
            else tag("span", "failed", class_="bad"),
            one.note,
        ]
        for one in evidence.attempts
    ]
    head = ("Tried", "drop, points", "95 % CI", "bytes", "p50, ms", "took, s", "gate", "")
    return tag("section", tag("h2", "Rescue"), table(head, rows, (1, 2, 3, 4, 5)))


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
