"""What was found, in some forty lines for the terminal; the last ones say what to do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from train.inspect.finding import Finding
from train.inspect.inspection import Inspection
from train.inspect.report.overview import facts
from train.inspect.survey import Survey

_MOST_LINES = 40
_AROUND, _A_FINDING = 3, 2  # lines: heading, what has no room, where the report is; one finding
_MOST_CLASSES = 10
_MOST_SKIPPED = 3
_MOST_EXAMPLES = 2  # names in a line
_MOST_TOGETHER = 4  # names in a line of pictures of as many classes
_BAR, _LABEL = 24, 18  # characters
_MARKS = {"fix": "!", "look": "?", "know": "-"}


def summary(inspection: Inspection) -> Iterator[str]:
    """The lines; findings for which there is no room are named in the last one."""
    lines = list(_overview(inspection))
    yield from lines
    if not inspection.findings:
        yield "nothing to put right was found"
        return
    yield "what to do (! put right, ? look, - only to know):"
    room = (_MOST_LINES - len(lines) - _AROUND) // _A_FINDING
    for finding in inspection.findings[:room]:
        mark, examples = _MARKS[finding.urgency], _examples(inspection.survey, finding)
        yield f"{mark} {finding.title}: {finding.text}{examples}"
        yield f"    {finding.advice}"
    others = [
        f"{_MARKS[f.urgency]} {f.title} ({len(f.positions):,})" for f in inspection.findings[room:]
    ]
    if others:
        yield f"also, see the report: {', '.join(others)}"


def _overview(inspection: Inspection) -> Iterator[str]:
    """What is in the data, without a judgement."""
    survey = inspection.survey
    yield (
        f"{survey.name}: {len(survey.looks):,} pictures in {len(survey.labels):,} classes,"
        f" looked at as a network of {survey.size}x{survey.size} sees them"
    )
    yield from _classes(survey)
    for name, line in facts(inspection):
        yield f"  {name:9}{line}"
    for line in survey.skipped[:_MOST_SKIPPED]:
        yield f"    {line}"
    if len(survey.skipped) > _MOST_SKIPPED:
        yield f"    and {len(survey.skipped) - _MOST_SKIPPED:,} more in the report"
    for line in survey.notes[:_MOST_SKIPPED]:
        yield f"  note     {line}"


def _classes(survey: Survey) -> Iterator[str]:
    order = np.argsort(-survey.counts, kind="stable")
    shown = order
    if len(order) > _MOST_CLASSES:
        shown = np.concatenate([order[: _MOST_CLASSES // 2], order[-(_MOST_CLASSES // 2) :]])
    width = min(_LABEL, max(len(survey.labels[c]) for c in shown))
    for row, class_id in enumerate(shown):
        if row == _MOST_CLASSES // 2 and len(shown) < len(order):
            yield f"  ... {len(order) - len(shown):,} classes in between ..."
        count = int(survey.counts[class_id])
        label = survey.labels[class_id]
        name = label if len(label) <= width else label[: width - 1] + "…"
        bar = "█" * max(1 if count else 0, round(_BAR * count / survey.counts.max()))
        yield f"  {name:{width}} {count:7,}  {bar:{_BAR}} {count / survey.counts.sum():.1%}"


def _examples(survey: Survey, finding: Finding) -> str:
    """Names of the first pictures; of the first group when it belongs together.

    Of a group that stands in several classes, one name of each: the checks put these first.
    """
    if not finding.groups:
        return ""
    looks = survey.looks
    group = finding.groups[0]
    if len(group) > 1:
        classes = len({looks[p].class_id for p in group})
        named = group[: min(max(classes, _MOST_EXAMPLES), _MOST_TOGETHER)]
        more = f" and {len(group) - len(named):,} more" if len(group) > len(named) else ""
        return f": {' = '.join(looks[p].name for p in named)}{more}"
    firsts = finding.positions[:_MOST_EXAMPLES]
    more = ", ..." if len(finding.positions) > len(firsts) else ""
    return f": {', '.join(looks[p].name for p in firsts)}{more}"
