"""The model file: loaded by each interpreter in a process of its own, golden frames run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.checks.check import Check, State, from_error
from edge.checks.child import ChildError, ask_python
from edge.errors import EdgeError, ModelFileError

_LOAD_TIMEOUT_S = 60.0
_CODE = (
    "import json, sys; from edge.checks.model import inspect\n"
    "print(json.dumps(inspect(sys.argv[1], sys.argv[2])))"
)


def check_model(path: Path) -> list[Check]:
    """What the file is, then one line for each interpreter; the first of them is the one taken."""
    from edge.modelfile import read_model_file
    from edge.runtime import installed

    try:
        read_model_file(path)
    except ModelFileError as error:
        return [from_error("model", "fault", error)]
    facts: dict[str, Any] = {}
    checks = []
    for number, runtime in enumerate(installed()):
        told, check = _try(path, runtime, is_taken=number == 0)
        facts = facts or told
        checks.append(check)
    if not facts:
        return checks
    notices = [from_error("model", "info", EdgeError(notice)) for notice in facts["notices"]]
    return [Check("model", "info", describe(path, facts)), *notices, *checks]


def _try(path: Path, runtime: str, is_taken: bool) -> tuple[dict[str, Any], Check]:
    name = f"model, {runtime}"
    missing: State = "fault" if is_taken else "warning"
    try:
        facts = ask_python(_CODE, str(path), runtime, timeout_s=_LOAD_TIMEOUT_S)
    except ChildError as error:
        remedy = "install the versions that requirements-edge.txt names"
        return {}, Check(name, missing, f"does not load: {error}", remedy)
    if "error" in facts:
        return {}, from_error(name, missing, EdgeError(facts["error"]))
    if facts["golden"]:
        found = (
            f"loads; golden frames ({facts['golden']}) differ by {facts['difference']:.3f} at most"
            f", {facts['tolerance']:g} is allowed"
        )
        return facts, Check(name, "ok", found)
    return facts, Check(name, "ok", "loads; it has no golden frames to compare with")


def inspect(path: str, runtime: str) -> dict[str, Any]:
    """What one interpreter makes of the file, as JSON values; for the child process."""
    from edge.classifier import Classifier

    try:
        classifier = Classifier(Path(path), runtime=runtime)
        difference = classifier.verify_golden()
    except EdgeError as error:
        return {"error": str(error)}
    card, spec = classifier.card, classifier.input_spec
    return {
        "id": classifier.model_id,
        "input": [spec.width, spec.height, spec.channels],
        "labels": len(classifier.labels),
        "notices": list(classifier.notices),
        "golden": len(card.golden) if card else 0,
        "difference": difference,
        "tolerance": card.golden_tolerance if card else 0.0,
        "card": {"unknown": card.unknown_threshold, "facts": dict(card.facts)} if card else None,
    }


def describe(path: Path, facts: Mapping[str, Any]) -> str:
    """The file in one line, with what its card says."""
    width, height, channels = facts["input"]
    size = path.stat().st_size
    parts = [f"{path} {facts['id']}, {size:,} bytes", f"{width}x{height}x{channels}"]
    parts.append(f"{facts['labels']} labels")
    card = facts["card"]
    if card is None:
        parts.append("no card")
    else:
        parts += _accuracy(card["facts"])
        parts.append(f'"unknown" below {card["unknown"]:.2f}')
    return ", ".join(parts)


def _accuracy(facts: Mapping[str, Any]) -> list[str]:
    """What the card states about the int8 file's accuracy; cards of other tools may not."""
    try:
        int8 = facts["accuracy"]["int8"]
        return [f"top-1 {int8['top1']:.2%} of {int8['n']:,} pictures"]
    except (KeyError, TypeError, ValueError):
        return []
