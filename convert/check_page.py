"""The page of convert.check: what a file is, and who takes it, in at most 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WIDTH = 100
_NAME = 25  # width of the first column
_MOST_LABELS = 12
_MOST_FIELDS = 24  # of one kind, such as the share of each class
_LONGEST_HASH = 12  # of a hash's 64 digits
_SPACE = "\N{NO-BREAK SPACE}"  # where no line may end


def page(facts: Mapping[str, Any]) -> str:
    """The facts that convert.check.examine gives, as text."""
    blocks = [
        _head(facts),
        _operators(facts["operators"]),
        _verdicts(facts["verdicts"]),
        _classifies(facts["classifies"]),
        _card(facts["card"]),
        _closing(facts),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block).replace(_SPACE, " ")


def _head(facts: Mapping[str, Any]) -> list[str]:
    sizes = dict(facts["bytes"])
    total = sizes.pop("file")
    parts = ", ".join(f"{name}{_SPACE}{size:,}" for name, size in sizes.items() if size)
    lines = [f"{facts['file']}  (model {facts['model_id']})", ""]
    lines += _row("size", f"{total:,} bytes: {parts}")
    for kind in ("inputs", "outputs"):
        for tensor in facts[kind]:
            lines += _row(kind[:-1], _tensor(tensor))
    return lines + _row("labels", _labels(facts["labels"]))


def _tensor(tensor: Mapping[str, Any]) -> str:
    shape = "x".join("?" if n < 0 else str(n) for n in tensor["shape"]) or "single"
    text = f"{tensor['dtype']:<8} {shape:<14}"
    if tensor["scale"] is None:
        return text.rstrip()
    return f"{text} scale {tensor['scale']:.8g}, zero point {tensor['zero_point']}"


def _labels(labels: Sequence[str] | None) -> str:
    if labels is None:
        return "none in the file"
    # Some lists have several words for one class, with commas between them.
    between = "; " if any("," in label for label in labels) else ", "
    shown = between.join(_together(label) for label in labels[:_MOST_LABELS])
    more = f" and {len(labels) - _MOST_LABELS:,} more" if len(labels) > _MOST_LABELS else ""
    return f"{len(labels):,}: {shown}{more}"


def _operators(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    width = max([_NAME - 3, *(len(row["name"]) for row in rows)])
    lines = [f"{'operator':<{width + 2}} version  count  types"]
    for row in rows:
        types = row["types"] or ["listed, not used"]
        start = f"  {row['name']:<{width}} {row['version']:>7}  {row['count']:>5}  "
        lines += _wrapped(start, types[0])
        for other in types[1:]:
            lines += _wrapped(" " * len(start), other)
    return lines


def _verdicts(verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["taken by"]
    for verdict in verdicts:
        sign = "yes" if verdict["takes"] else "NO"
        lines += _row(f"  {verdict['target']}", f"{sign:<3}  {verdict['basis']}")
        for reason in verdict["reasons"]:
            lines += _wrapped(" " * (_NAME + 5), reason)
    return lines


def _classifies(trials: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["as an image classifier (edge.camera), with its golden frames"]
    for trial in trials:
        start = f"{'  ' + trial['runtime']:<{_NAME - 1}} "
        if trial["fault"]:
            lines += _wrapped(start + "NO   ", trial["fault"])
        elif trial["golden_frames"]:
            apart = f"scores {trial['difference']:.4f} apart at most"
            frames = (
                "1 frame" if trial["golden_frames"] == 1 else f"{trial['golden_frames']} frames"
            )
            lines += _wrapped(start + "yes  ", f"{frames}, {apart}")
        else:
            lines += _wrapped(start + "yes  ", "no golden frames in the file")
    return lines if trials else []


def _card(card: Mapping[str, Any] | None) -> list[str]:
    if card is None:
        return _row("card", "none in the file")
    return ["card", *_fields(card, indent=2)]


def _fields(fields: Mapping[str, Any], indent: int) -> Iterator[str]:
    """A line or a paragraph a field; one that holds fields with fields is told below its name."""
    for key, value in fields.items():
        name = " " * indent + _words(key)
        if isinstance(value, Mapping) and any(isinstance(item, Mapping) for item in value.values()):
            yield name
            yield from _fields(value, indent + 2)
        elif _is_table(value):
            yield name
            for item in value:
                yield from _wrapped(" " * (indent + 2), _inline(item))
        else:
            yield from _row(name, _inline(value))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value)


def _inline(value: Any) -> str:
    """A JSON value in one line, without brackets and quotes."""
    match value:
        case dict():
            told = [_together(f"{_words(key)} {_inline(item)}") for key, item in value.items()]
            more = [f"and {len(told) - _MOST_FIELDS} more"] if len(told) > _MOST_FIELDS else []
            return ", ".join(told[:_MOST_FIELDS] + more)
        case list():
            return " ".join(_inline(item) for item in value)
        case bool() | None:
            return {True: "yes", False: "no", None: "none"}[value]
        case int() if abs(value) >= 1000:
            return f"{value:,}"
        case str() if len(value) == 64 and set(value) <= set("0123456789abcdef"):
            return f"{value[:_LONGEST_HASH]}..."
    return str(value)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _together(text: str) -> str:
    """``text`` so that no line ends inside it, unless it is long."""
    return text.replace(" ", _SPACE) if len(text) < _NAME else text


def _closing(facts: Mapping[str, Any]) -> list[str]:
    if not facts["taken"]:
        return ["Not every device runs this file: see NO above."]
    if any(trial["fault"] for trial in facts["classifies"]):
        return [
            "A device with tflite-runtime 2.14 or LiteRT runs this file; the camera app does not."
        ]
    return ["A device with tflite-runtime 2.14 or LiteRT runs this file."]


def _row(name: str, text: str) -> list[str]:
    return _wrapped(f"{name:<{_NAME - 1}} ", text)


def _wrapped(start: str, text: str) -> list[str]:
    """``text`` behind ``start``, broken so that all of it stands to the right of ``start``."""
    lines = textwrap.wrap(text, _WIDTH - len(start), break_on_hyphens=False) or [""]
    indent = " " * len(start)
    return [start + lines[0], *(indent + line for line in lines[1:])]
