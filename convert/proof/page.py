"""The report as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from convert.proof import background, sections, summary
from convert.proof.evidence import Evidence
from convert.proof.markup import document, tag
from edge.atomic import replace_file

_STYLE = Path(__file__).with_name("report.css")


def write_page(path: Path, evidence: Evidence) -> None:
    """Write the page to ``path``, whole or not at all; OutputError when it cannot be written."""
    with replace_file(path) as stream:
        stream.write(page(evidence))


def page(evidence: Evidence) -> bytes:
    """The page, UTF-8; sections without data are left out."""
    body = tag(
        "body",
        summary.header(evidence),
        summary.side_by_side(evidence),
        sections.formats(evidence),
        sections.classes(evidence),
        sections.disagreements(evidence),
        sections.scores(evidence),
        sections.confusion(evidence),
        background.robustness(evidence),
        background.layers(evidence),
        background.rescue(evidence),
        background.compatibility(evidence),
        background.calibration(evidence),
        background.operators(evidence),
        background.making(evidence),
    )
    title = f"{evidence.name}: quantization report"
    return document(title, _STYLE.read_text("utf-8"), body)
