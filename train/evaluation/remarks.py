"""What the figures say, as sentences: the verdict, and the limits that a user must know."""

from __future__ import annotations

from collections.abc import Iterator

from edge.stats import Accuracy
from train.evaluation.findings import Findings, Run

_WIDE = 0.10  # an interval wider than ten points says little
_FEW = 30  # test pictures of a class, below which its recall is a guess
_FAR = 0.05  # below all classes' mean recall by so much is worth a word
_OFTEN = 0.05  # a pair confused more rarely than that is not
_MISJUDGED = 0.05  # scores and accuracy apart by more
_MOST = 5  # names in a sentence; the tables have all


def verdict(findings: Findings) -> str:
    """One sentence: how good, on how many pictures, and where it is weakest."""
    accuracy = findings.evaluation.accuracy
    low, high = accuracy.interval
    text = (
        f"{accuracy.top1:.2%} of {accuracy.n:,} test pictures are named rightly"
        f" (95 % CI {low:.2%} to {high:.2%})"
    )
    weakest = findings.weakest[0]
    if weakest.recall is None or weakest.recall.top1 == 1:
        return f"{text}; none is named wrongly."
    return f"{text}; weakest is {weakest.label}, of which {_found(weakest.recall)}."


def limits(findings: Findings, run: Run) -> list[str]:
    """What the figures do not promise, the gravest first; sentences without markup."""
    return [
        *_against_no_network(findings),
        *_weak_classes(findings),
        *_confusions(findings),
        *_groups(findings),
        *_few_pictures(findings),
        *_scores(findings),
        *_pictures(run),
    ]


def listed(names: list[str], most: int = _MOST) -> str:
    """``a, b and c``; the rest of many as a number."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _found(recall: Accuracy) -> str:
    verb = "is" if recall.right == 1 else "are"
    return f"{recall.right:,} of {recall.n:,} {verb} found ({recall.top1:.1%})"


def _against_no_network(findings: Findings) -> Iterator[str]:
    same = findings.always_the_same
    if findings.evaluation.accuracy.interval[0] <= same.top1:
        yield (
            "It is not shown to be better than no network: always naming the most frequent class"
            f" would be right for {same.top1:.1%} of these pictures."
        )


def _weak_classes(findings: Findings) -> Iterator[str]:
    mean = findings.averages["balanced_accuracy"].value
    weak = [
        (c.label, c.recall)
        for c in findings.weakest
        if c.recall and c.recall.top1 < mean - _FAR and c.recall.interval[0] < mean - _FAR
    ]
    if weak:
        names = [f"{label} ({recall.right:,} of {recall.n:,})" for label, recall in weak]
        what = "Weakest class" if len(weak) == 1 else "Weakest classes"
        yield f"{what}, by how many are found: {listed(names)}. The classes' mean is {mean:.1%}."
    never = [c.label for c in findings.classes if c.test and c.precision is None]
    if never:
        yield f"Never named in the test: {listed(never)}."


def _confusions(findings: Findings) -> Iterator[str]:
    often = [pair for pair in findings.pairs if pair.share.top1 >= _OFTEN and pair.share.right > 1]
    if often:
        yield f"{'; '.join(map(str, often[:3]))}."


def _groups(findings: Findings) -> Iterator[str]:
    for group in [group for group in findings.groups if group.is_worse][:_MOST]:
        name = f"group {group.name}" if group.name else "the pictures without a group"
        others = f" against {group.others.top1:.1%} of the others" if group.others else ""
        yield (
            f"It does worse on {name}: {group.accuracy.top1:.1%} of {group.accuracy.n:,} pictures"
            f" are named rightly{others}, more than chance explains."
        )


def _few_pictures(findings: Findings) -> Iterator[str]:
    accuracy = findings.evaluation.accuracy
    low, high = accuracy.interval
    if high - low > _WIDE:
        yield (
            f"{accuracy.n:,} test pictures are few: the accuracy on others of their kind may lie"
            f" anywhere from {low:.0%} to {high:.0%}."
        )
    few = [f"{c.label} ({c.test:,})" for c in findings.classes if 0 < c.test < _FEW]
    if few:
        yield f"Fewer than {_FEW} test pictures, so the figures are rough: {listed(few)}."
    absent = [c.label for c in findings.classes if not c.test]
    if absent:
        yield f"No test pictures, so nothing is known: {listed(absent)}."


def _scores(findings: Findings) -> Iterator[str]:
    scores = findings.reliability
    gap = scores.score - scores.accuracy
    if abs(gap) > _MISJUDGED:
        high_or_low = "high" if gap > 0 else "low"
        yield (
            f"Scores are too {high_or_low}: the best one is {scores.score:.2f} on average, where"
            f" {scores.accuracy:.2f} of the answers are right. The conversion fits a temperature"
            " that corrects this on the device."
        )


def _pictures(run: Run) -> Iterator[str]:
    spec = run.dataset.spec
    colour = "grey" if spec.channels == 1 else "colour"
    yield (
        f"The network sees {spec.width}x{spec.height} {colour} pixels: what is smaller than a few"
        " of them in the picture does not exist for it."
    )
    yield (
        "Every picture gets one of the"
        f" {len(run.dataset.labels):,} names, also one that shows none of them. On the device a"
        " best score below a threshold is called unknown; that catches some of these pictures, not"
        " all."
    )
    yield (
        f"All figures are for pictures like those of {run.dataset.name}. Another camera, light,"
        " distance or background is not measured: try pictures of the camera that it will run on."
    )
