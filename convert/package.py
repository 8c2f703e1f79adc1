"""The finished file: the converted graph with labels, card and golden frames inside."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from convert.calibration import Calibration
from convert.confidence import Confidence
from convert.conversion import Conversion
from convert.golden import TOLERANCE
from convert.metadata import with_metadata
from convert.subject import Subject
from convert.verify import Comparison
from edge.card import CARD_NAME, LABELS_NAME, SCHEMA_VERSION, Card, GoldenFrame, append_files

_AS_THEY_ARE = Confidence(temperature=1, unknown_threshold=0)


@dataclass(frozen=True)
class Proof:
    """What the file showed on pictures that neither training nor calibration saw."""

    comparison: Comparison  # on the test pictures
    confidence: Confidence  # on the validation pictures
    answers: dict[str, Any]  # profile of the answers on the test pictures
    runtime: str


def pack_draft(subject: Subject, conversion: Conversion) -> bytes:
    """The file as far as it is known before it is measured: labels, and how a frame goes in."""
    return _with_card(subject, conversion, _AS_THEY_ARE)


def pack(
    subject: Subject,
    conversion: Conversion,
    calibration: Calibration | None,
    proof: Proof | None,
    golden: tuple[GoldenFrame, ...],
) -> bytes:
    """The finished file, with every figure that was measured; the same input, the same bytes.

    Without ``proof`` the card states no accuracy, and scores are to be taken as they come.
    """
    facts: dict[str, Any] = {}
    if subject.record is not None:
        facts["training"] = _training(subject.record)
    if proof is not None:
        facts["accuracy"] = {**proof.comparison.to_json(), "runtime": proof.runtime}
        facts["profile"] = proof.answers
    if calibration is not None:
        facts["calibration"] = calibration.to_json()
    facts["tools"] = {
        "python": platform.python_version(),
        **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
    }
    facts["float_model_sha256"] = subject.source.sha256()
    confidence = _AS_THEY_ARE if proof is None else proof.confidence
    return _with_card(subject, conversion, confidence, golden, facts)


def _training(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a run folder says about the training."""
    return {
        "data": record["data"],
        "seed": record["options"]["seed"],
        "recipe": record["recipe"],
        "precision": record["options"]["precision"],
        "minutes": round(record["progress"]["seconds"] / 60, 1),
    }


def _with_card(
    subject: Subject,
    conversion: Conversion,
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
    graph = with_metadata(
        conversion.data,
        name=subject.name,
        description=f"Image classifier with {len(subject.labels)} classes.",
        channels=subject.spec.channels,
    )
    labels = "\n".join(subject.labels) + "\n"
    return append_files(graph, {LABELS_NAME: labels, CARD_NAME: card.to_json()})
