"""The report as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from train.evaluation.rendering import style
from train.inspect.checks.balance import ratio
from train.inspect.finding import Finding, is_drawn
from train.inspect.inspection import Inspection
from train.inspect.report.overview import facts
from train.inspect.report.plots import size_plot
from train.inspect.report.sheets import (
    Item,
    class_items,
    draw_sheet,
    encoded,
    finding_items,
    sheet_title,
)
from train.inspect.survey import Survey

_TEMPLATES = Path(__file__).with_name("templates")
_MOST_SHOWN = 24  # pictures of a finding
_MOST_SHEETS = 24  # classes whose sheet is in the page
_MOST_CLASSES = 60  # rows of the table
_MOST_LINES = 200  # about files that were not used


class Card(NamedTuple):
    """One picture of a finding."""

    uri: str
    is_small: bool
    caption: str
    name: str


class Section(NamedTuple):
    """A finding with its first pictures."""

    finding: Finding
    cards: list[Card]
    left_out: int


def page(inspection: Inspection) -> bytes:
    """The page, UTF-8."""
    survey, total = inspection.survey, len(inspection.survey.looks)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(
        "report.html"
    ).render(
        style=Markup(style()),  # our own file, no text of the user's
        survey=survey,
        total=total,
        figures=_figures(inspection),
        findings=inspection.findings,
        drawn=[f for f in inspection.findings if is_drawn(f, total)],
        facts=list(facts(inspection)),
        classes=_classes(survey),
        classes_left_out=max(0, len(survey.labels) - _MOST_CLASSES),
        sizes=_uri(size_plot(survey), "png") if survey.is_folder else None,
        sections=[_section(survey, f) for f in inspection.findings if is_drawn(f, total)],
        sheets=_sheets(inspection),
        sheets_left_out=max(0, len(survey.labels) - _MOST_SHEETS),
        skipped=survey.skipped[:_MOST_LINES],
        seed=inspection.seed,
    )
    # A file name that is no UTF-8 holds half characters; better a question mark than no report.
    return text.encode("utf-8", "replace")


def _figures(inspection: Inspection) -> list[tuple[str, str, str]]:
    """Name, value and what it means."""
    survey, asked = inspection.survey, inspection.label_check
    shown = [
        ("Pictures", f"{len(survey.looks):,}", f"{inspection.scene_count:,} scenes"),
        ("Classes", f"{len(survey.labels):,}", f"{survey.counts.min():,} pictures at least"),
        ("Balance", f"{ratio(survey):.1f}", "largest class to smallest"),
        ("Not used", f"{len(survey.skipped):,}", "lines about files"),
    ]
    if asked is not None:
        found = asked.mislabels
        agreement = f"{found.agreement:.1%} agreement"
        shown.append(("Labels in doubt", f"{len(found.positions):,}", agreement))
    return shown


def _classes(survey: Survey) -> list[dict[str, Any]]:
    order = np.argsort(-survey.counts, kind="stable")[:_MOST_CLASSES]
    return [
        {
            "label": survey.labels[c],
            "count": int(survey.counts[c]),
            "share": float(survey.counts[c] / survey.counts.sum()),
            "width": float(100 * survey.counts[c] / survey.counts.max()),
        }
        for c in order
    ]


def _section(survey: Survey, finding: Finding) -> Section:
    items = finding_items(survey, finding, _MOST_SHOWN)
    return Section(finding, [_card(i) for i in items], len(finding.positions) - len(items))


def _card(item: Item) -> Card:
    return Card(_uri(item.tile, "jpeg"), item.is_small, item.caption, item.name)


def _sheets(inspection: Inspection) -> list[tuple[str, str]]:
    """Title and picture of each class."""
    survey = inspection.survey
    sheets = []
    for class_id in np.flatnonzero(survey.counts)[:_MOST_SHEETS]:
        items = class_items(survey, int(class_id), inspection.seed)
        title = sheet_title(survey, int(class_id), len(items))
        # The page names the class itself, in every alphabet.
        sheets.append((title, _uri(encoded(draw_sheet("", items), "JPEG"), "jpeg")))
    return sheets


def _uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode('ascii')}"
