"""The names of a model's classes: read from text, matched to the number of outputs."""

from __future__ import annotations

import re
from pathlib import Path

from edge.errors import ModelFileError

_BACKGROUND = "background"
_NUMBERED = r"(\d+)\s*[:\s]\s*(\S.*)"  # "0 name", "0: name", "0  name"

# The one list that is spread with and without its background class: ImageNet's.
_IMAGENET_CLASSES = 1000


def parse_labels(text: str, *, numbered: bool = True) -> tuple[str, ...]:
    """One label a line; running numbers in front ("0 name", "0: name") are not part of the names.

    Not ``numbered``: the text is our own, and such numbers are names, as of coins. Blank lines at
    the end are dropped, others keep their place: line i names output i.
    """
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    if not numbered or not lines or not lines[0][:1].isdecimal():
        return tuple(lines)
    matches = [re.fullmatch(_NUMBERED, line) for line in lines]
    names = [match[2] for match in matches if match]
    numbers = [int(match[1]) for match in matches if match]
    in_order = numbers in (list(range(len(lines))), list(range(1, len(lines) + 1)))
    return tuple(names if in_order else lines)


def read_labels_file(path: Path, *, numbered: bool = True) -> tuple[str, ...]:
    """The labels of a text file, as parse_labels reads it; ModelFileError when it holds none."""
    try:
        labels = parse_labels(path.read_text("utf-8"), numbered=numbered)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ModelFileError(
            f"{path}: the labels cannot be read ({reason}); give a text file, one label a line"
        ) from error
    if not labels:
        raise ModelFileError(f"{path}: the file is empty; give a text file, one label a line")
    return labels


def match_labels(labels: tuple[str, ...], outputs: int, source: str) -> tuple[str, ...]:
    """As many labels as the model has outputs, label i naming output i.

    A background class in front is dropped when the model has none, and added to ImageNet's 1000
    labels for a model that has it. Any other difference raises ModelFileError; ``source`` names
    where the labels came from.
    """
    if len(labels) == outputs:
        return labels
    if len(labels) == outputs + 1 and labels[0].lower() == _BACKGROUND:
        return labels[1:]
    if len(labels) == _IMAGENET_CLASSES and outputs == _IMAGENET_CLASSES + 1:
        return (_BACKGROUND, *labels)
    # Anything else would shift or cut names, and every answer would be wrong without a sign of it.
    raise ModelFileError(
        f"{source}: {len(labels)} labels, but the model has {outputs} outputs; "
        "give the list it was trained with through --labels, one label a line"
    )
