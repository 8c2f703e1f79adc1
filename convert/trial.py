"""A converted file before its judges: the gate, and all that its card will state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from convert.confidence import Confidence, fit_confidence
from convert.conversion import Format
from convert.gate import Verdict, judge
from convert.proof.findings import Findings, find
from convert.proof.profile import profile
from convert.proof.reliability import Calibrated, calibrated
from convert.proof.scoring import scores_of
from convert.robustness import Robustness, measure
from convert.workbench import Workbench
from edge.classifier import Classifier
from edge.messages import print_warning


@dataclass(frozen=True, eq=False)
class Trial:
    """A draft beside the float32 file, on the test pictures."""

    findings: Findings
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Proof:
    """What the file showed on pictures that neither training nor calibration saw."""

    trial: Trial  # on the test pictures
    confidence: Confidence  # fitted on the validation pictures
    scores: Calibrated  # what that is worth, on the test pictures
    answers: dict[str, Any]  # profile of the answers on the test pictures
    robustness: Robustness | None  # on some of the test pictures; None when left out

    def facts(self) -> dict[str, Any]:
        """What the card states; no times, which would differ with each conversion."""
        findings, scores = self.trial.findings, self.scores
        facts = {
            "accuracy": {**findings.comparison.to_json(), "runtime": findings.runtime},
            "gate": self.trial.verdict.to_json(),
            "profile": self.answers,
            "ece": {
                "n": scores.n,
                "as_given": round(scores.before.ece, 4),
                "calibrated": round(scores.after.ece, 4),
            },
        }
        if self.robustness is not None:
            facts["robustness"] = self.robustness.to_json()
        return facts


def judge_draft(bench: Workbench, format_: Format, max_drop: float) -> Trial | None:
    """The draft of ``format_`` on the test pictures; None, and a warning, without any."""
    subject = bench.subject
    if subject.test is None or subject.validation is None:
        print_warning(
            f"{subject.source.path}: nothing is proved, as there are no pictures to judge on; the"
            " file states no accuracy. Name labelled ones that the model has never seen with --test"
        )
        return None
    findings = find(
        bench.drafts["float32"],
        bench.drafts[format_],
        subject.test,
        threads=os.cpu_count() or 1,
        sizes=(bench.sizes["float32"], bench.sizes[format_]),
    )
    class_ids = subject.test.class_ids
    verdict = judge(findings.float_scores, findings.int8_scores, class_ids, max_drop)
    return Trial(findings, verdict)


def prove(bench: Workbench, format_: Format, trial: Trial, seed: int, quick: bool) -> Proof:
    """All that the card states about the draft of ``format_``; no robustness where ``quick``."""
    subject = bench.subject
    # judge_draft has asked for them.
    assert subject.test is not None and subject.validation is not None
    classifier = Classifier(bench.drafts[format_], num_threads=os.cpu_count() or 1)
    validation, findings = subject.validation, trial.findings
    fitted = fit_confidence(scores_of(classifier, validation.pixels), validation.class_ids)
    before, after = findings.float_scores, findings.int8_scores
    return Proof(
        trial=trial,
        confidence=fitted,
        scores=calibrated(before, after, subject.test.class_ids, fitted.temperature),
        answers=profile(after, subject.labels),
        robustness=None if quick else measure(classifier, subject.test, seed=seed),
    )
