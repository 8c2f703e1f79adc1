"""Which classes may be decided: the lists of labels that a user allows and denies."""

from __future__ import annotations

from collections.abc import Sequence

from edge.errors import UsageError

_SHOWN = 10  # labels that a message lists; a thousand would hide what it says


def allowed_classes(
    labels: Sequence[str], allow: Sequence[str] | None, deny: Sequence[str]
) -> tuple[int, ...]:
    """The ids of the classes that may be decided, ascending: those of ``allow`` less ``deny``.

    ``allow`` None is every class. A name stands for each class whose label it is, or is a part of
    between commas: "tench" for "tench, Tinca tinca". Raises UsageError for a name that the model
    has not, and when no class is left.
    """
    ids_of = _ids_of_names(labels)
    allowed = range(len(labels)) if allow is None else _ids(labels, ids_of, allow, "--allow")
    left = sorted(set(allowed).difference(_ids(labels, ids_of, deny, "--deny")))
    if not left:
        raise UsageError("--deny: leaves no label to decide; deny fewer labels, or allow more")
    return tuple(left)


def _ids_of_names(labels: Sequence[str]) -> dict[str, list[int]]:
    ids_of: dict[str, list[int]] = {}
    for class_id, label in enumerate(labels):
        for name in (label, *(part.strip() for part in label.split(","))):
            ids_of.setdefault(name, []).append(class_id)
    return ids_of


def _ids(
    labels: Sequence[str], ids_of: dict[str, list[int]], names: Sequence[str], flag: str
) -> list[int]:
    for name in names:
        if name not in ids_of:
            hint = _hint(name, labels, ids_of)
            raise UsageError(f"{flag} {name!r}: the model has no such label; {hint}")
    return [class_id for name in names for class_id in ids_of[name]]


def _hint(name: str, labels: Sequence[str], ids_of: dict[str, list[int]]) -> str:
    import difflib  # here, because only a mistake needs it and start-up should be quick

    by_lower = {known.lower(): known for known in ids_of}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3)
    if close:
        return f"did you mean {' or '.join(repr(by_lower[lower]) for lower in close)}?"
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f"it has {', '.join(labels[:_SHOWN])}{more}"
