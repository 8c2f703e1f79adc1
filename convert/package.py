"""The finished file: the converted graph with labels, card and golden frames inside."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from convert.confidence import Confidence
from convert.golden import TOLERANCE
from convert.metadata import with_metadata
from convert.subject import Subject
from edge.card import CARD_NAME, LABELS_NAME, SCHEMA_VERSION, Card, GoldenFrame, append_files

_AS_THEY_ARE = Confidence(temperature=1, unknown_threshold=0)


def pack_draft(subject: Subject, graph: bytes) -> bytes:
    """The file as far as it is known before it is measured: labels, and how a frame goes in."""
    return _with_card(subject, graph, _AS_THEY_ARE)


def pack(
    subject: Subject,
    graph: bytes,
    confidence: Confidence | None,
    golden: tuple[GoldenFrame, ...],
    measured: Mapping[str, Any],
) -> bytes:
    """The finished file, whose card states what was ``measured``; the same input, the same bytes.

    Without ``confidence`` scores are to be taken as they come.
    """
    facts: dict[str, Any] = dict(measured)
    if subject.record is not None:
        facts["training"] = _training(subject.record)
    facts["tools"] = tools()
    facts["float_model_sha256"] = subject.source.sha256()
    return _with_card(subject, graph, confidence or _AS_THEY_ARE, golden, facts)


def tools() -> dict[str, str]:
    """Name and version of what makes the file."""
    names = ("tensorflow", "keras", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


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
    graph: bytes,
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
    described = with_metadata(
        graph,
        name=subject.name,
        description=f"Image classifier with {len(subject.labels)} classes.",
        channels=subject.spec.channels,
    )
    labels = "\n".join(subject.labels) + "\n"
    return append_files(described, {LABELS_NAME: labels, CARD_NAME: card.to_json()})
