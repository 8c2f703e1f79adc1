"""The finished file: the int8 graph with labels, card and golden frames inside."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from convert.calibration import Calibration
from convert.confidence import Confidence
from convert.golden import TOLERANCE
from convert.subject import Subject
from convert.verify import Comparison
from edge.card import CARD_NAME, LABELS_NAME, SCHEMA_VERSION, Card, GoldenFrame, append_files


@dataclass(frozen=True)
class Proof:
    """What the int8 file showed on pictures that neither training nor calibration saw."""

    comparison: Comparison  # on the test pictures
    confidence: Confidence  # on the validation pictures
    answers: dict[str, Any]  # profile of the answers on the test pictures
    runtime: str


def pack_draft(subject: Subject, int8_bytes: bytes) -> bytes:
    """The file as far as it is known before it is measured: labels, and how a frame goes in."""
    return _with_card(subject, int8_bytes, Confidence(temperature=1, unknown_threshold=0))


def pack(
    subject: Subject,
    int8_bytes: bytes,
    calibration: Calibration,
    proof: Proof,
    golden: tuple[GoldenFrame, ...],
) -> bytes:
    """The finished file, with every figure that was measured; the same input, the same bytes."""
    facts = {
        **_training(subject.record),
        "accuracy": {**proof.comparison.to_json(), "runtime": proof.runtime},
        "calibration": calibration.to_json(),
        "profile": proof.answers,
        "tools": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
        },
        "float_model_sha256": subject.source.sha256(),
    }
    return _with_card(subject, int8_bytes, proof.confidence, golden, facts)


def _training(record: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a run folder says about the training; nothing for a model from elsewhere."""
    if record is None:
        return {}
    return {
        "training": {
            "data": record["data"],
            "seed": record["options"]["seed"],
            "recipe": record["recipe"],
            "precision": record["options"]["precision"],
            "minutes": round(record["progress"]["seconds"] / 60, 1),
        }
    }


def _with_card(
    subject: Subject,
    int8_bytes: bytes,
    confidence: Confidence,
    golden: tuple[GoldenFrame, ...] = (),
    facts: Mapping[str, Any] | None = None,
) -> bytes:
    card = Card(
        schema_version=SCHEMA_VERSION,
        crop=subject.spec.crop,
        interpolation=subject.spec.interpolation,
        temperature=confidence.temperature,
        unknown_threshold=confidence.unknown_threshold,
        golden=golden,
        golden_tolerance=TOLERANCE,
        facts=facts or {},
    )
    labels = "\n".join(subject.labels) + "\n"
    return append_files(int8_bytes, {LABELS_NAME: labels, CARD_NAME: card.to_json()})
