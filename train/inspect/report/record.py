"""What was found, as data: report.json."""

from __future__ import annotations

import json
from typing import Any

from train.inspect.checks.shape import lost_to_crop
from train.inspect.finding import Finding
from train.inspect.inspection import Inspection
from train.inspect.survey import Survey

_FORMAT = 1


def record(inspection: Inspection) -> bytes:
    """JSON, UTF-8: counts, every finding with the names of its pictures, every picture's facts."""
    survey, asked = inspection.survey, inspection.label_check
    labels = None
    if asked is not None:
        labels = {
            "checked": asked.checked,
            "agreement": round(asked.mislabels.agreement, 4),
            "classes_left_out": list(asked.left_out),
            "in_doubt": _in_doubt(inspection),
        }
    whole = {
        "format": _FORMAT,
        "data": survey.source,
        "size": survey.size,
        "seed": inspection.seed,
        "pictures": len(survey.looks),
        "scenes": inspection.scene_count,
        "classes": dict(zip(survey.labels, survey.counts.tolist(), strict=True)),
        "findings": [_finding(survey, finding) for finding in inspection.findings],
        "labels": labels,
        "skipped": list(survey.skipped),
        "notes": list(survey.notes),
        "files": _files(inspection),
    }
    # A file name that is no UTF-8 holds half characters; better a question mark than no report.
    return json.dumps(whole, indent=1, ensure_ascii=False).encode("utf-8", "replace")


def _finding(survey: Survey, finding: Finding) -> dict[str, Any]:
    return {
        "key": finding.key,
        "urgency": finding.urgency,
        "title": finding.title,
        "text": finding.text,
        "advice": finding.advice,
        "groups": [[survey.looks[p].name for p in group] for group in finding.groups],
    }


def _in_doubt(inspection: Inspection) -> list[dict[str, Any]]:
    survey = inspection.survey
    if inspection.label_check is None:
        return []
    found = inspection.label_check.mislabels
    rows = zip(
        found.positions, found.suggested, found.given_scores, found.suggested_scores, strict=True
    )
    return [
        {
            "file": survey.looks[p].name,
            "label": survey.labels[survey.looks[p].class_id],
            "label_score": round(float(given), 4),
            "suggested": survey.labels[suggested],
            "suggested_score": round(float(score), 4),
        }
        for p, suggested, given, score in rows
    ]


def _files(inspection: Inspection) -> list[dict[str, Any]]:
    survey = inspection.survey
    return [
        {
            "file": look.name,
            "label": survey.labels[look.class_id],
            "part": look.part,
            "width": look.width,
            "height": look.height,
            "format": look.kind,
            "orientation": look.orientation,
            "grey": look.is_grey,
            "contrast": round(look.contrast, 1),
            "sharpness": round(look.sharpness, 1),
            "cut_away": round(lost_to_crop(look), 3),
            "scene": int(scene),
        }
        for look, scene in zip(survey.looks, inspection.scene_ids, strict=True)
    ]
