"""The report as JSON: the same figures, described in docs/quantization-report.md."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from convert.proof.evidence import Evidence
from convert.proof.formats import justify
from convert.proof.summary import verdict_line
from edge.atomic import replace_file

FORMAT = 1


def write_record(path: Path, evidence: Evidence) -> None:
    """Write the record to ``path``, whole or not at all; OutputError when it cannot be written."""
    text = json.dumps(record(evidence), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    with replace_file(path) as stream:
        stream.write(text.encode("utf-8", "replace"))


def record(evidence: Evidence) -> dict[str, Any]:
    """Every figure of the report; parts that were not measured are absent."""
    found = evidence.findings
    fields: dict[str, Any] = {
        "format": FORMAT,
        "verdict": ": ".join(verdict_line(evidence)),
        "model": {
            "name": evidence.name,
            "file": evidence.file_name,
            "sha256": evidence.sha256,
            "format": evidence.format,
        },
        "gate": evidence.gate and evidence.gate.to_json(),
        "runtime": found.runtime,
        "comparison": found.comparison.to_json() | {"drop": found.comparison.change.to_json()},
        "classes": [one.to_json() for one in found.classes],
        "confusion": found.confusion.tolist(),
        "disagreements": [one.to_json() for one in found.disagreements],
    }
    return _filled(fields | _measured(evidence) | _making(evidence))


def _measured(evidence: Evidence) -> dict[str, Any]:
    rows = evidence.formats
    return {
        "formats": {
            "justification": justify(rows, evidence.format),
            "rows": [row.to_json() for row in rows],
        }
        if rows
        else None,
        "scores": evidence.scores and evidence.scores.to_json(),
        "unknown_threshold": evidence.unknown_threshold,
        "robustness": evidence.robustness and evidence.robustness.to_json(),
        "layers": [one.to_json() for one in evidence.layers],
        "rescue": evidence.rescue and evidence.rescue.to_json(),
    }


def _making(evidence: Evidence) -> dict[str, Any]:
    return {
        "compatibility": [asdict(one) for one in evidence.verdicts],
        "operators": [asdict(one) for one in evidence.operators],
        "calibration": evidence.calibration
        and evidence.calibration.to_json()
        | {"doubts": list(evidence.doubts), "names": list(evidence.calibration.names)},
        "conversions": {
            name: {
                "seconds": round(one.seconds, 2),
                "peak_mb": round(one.peak_mb, 1),
                "bytes": len(one.data),
            }
            | ({"bias_correction": correction.to_json()} if correction else {})
            for name, one in evidence.conversions.items()
            for correction in [evidence.correction_of(name)]
        },
        "tools": dict(evidence.tools),
        "machine": None if evidence.board is None else asdict(evidence.board),
    }


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    """``fields`` without those that were not measured."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}
