"""The folder that an inspection leaves: report.html, report.json and the pictures."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from edge.atomic import replace_file
from edge.errors import OutputError
from train.inspect.finding import is_drawn
from train.inspect.inspection import Inspection
from train.inspect.report.page import page
from train.inspect.report.plots import balance_plot, size_plot
from train.inspect.report.record import record
from train.inspect.report.sheets import (
    MOST,
    class_items,
    draw_sheet,
    encoded,
    finding_items,
    sheet_title,
)

PAGE = "report.html"
_MOST_SHEETS = 100  # classes
_SUREST = 24  # labels in doubt
_OURS = re.compile(r"(class-\d+-.*|finding-.*)\.png")


def check_writable(path: Path) -> None:
    """Raise OutputError at once, not after minutes, where ``path`` could not be made."""
    there = path.absolute()
    while not there.exists():
        there = there.parent
    if there.is_file() or not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: cannot be written ({there}); choose another place")


def write_folder(out: Path, inspection: Inspection) -> None:
    """Write everything; sheets that an earlier inspection left there are removed.

    Raises OutputError.
    """
    survey, seed = inspection.survey, inspection.seed
    pictures = {"balance.png": balance_plot(survey)}
    if survey.is_folder:
        pictures["sizes.png"] = size_plot(survey)
    for class_id in map(int, np.flatnonzero(survey.counts)[:_MOST_SHEETS]):
        items = class_items(survey, class_id, seed)
        sheet = draw_sheet(sheet_title(survey, class_id, len(items)), items)
        name = f"class-{class_id:03}-{_plain(survey.labels[class_id])}.png"
        pictures[name] = encoded(sheet, "PNG")
    for finding in inspection.findings:
        if is_drawn(finding, len(survey.looks)):
            most = _SUREST if finding.key == "mislabels" else MOST
            sheet = draw_sheet(finding.title, finding_items(survey, finding, most))
            pictures[f"finding-{finding.key}.png"] = encoded(sheet, "PNG")
    for path in out.iterdir() if out.is_dir() else ():
        if _OURS.fullmatch(path.name) and path.name not in pictures:
            path.unlink(missing_ok=True)
    contents = {**pictures, "report.json": record(inspection), PAGE: page(inspection)}
    for name, content in contents.items():
        with replace_file(out / name) as stream:
            stream.write(content)


def _plain(label: str) -> str:
    """The label as a part of a file name that every system takes."""
    return re.sub(r"[^\w-]+", "-", label).strip("-")[:40] or "class"
