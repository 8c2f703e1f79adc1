"""Frozen dataclasses, nested ones too, made of JSON that a person may have written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Value = TypeVar("Value", bound=Any)


def changed_by(base: Value, given: object, place: str = "") -> Value:
    """``base``, a frozen dataclass, with what ``given``, an object of JSON, says otherwise.

    Raises ValueError, which names the field, for a field that ``base`` lacks and for a value of
    the wrong type.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"{place or 'it'} must be an object {{...}}")
    kinds = get_type_hints(type(base))
    known = {field.name for field in fields(base)}
    changes = {}
    for name, value in given.items():
        path = f"{place}.{name}" if place else str(name)
        if name not in known:
            raise ValueError(f"{path} is not known")
        now = getattr(base, name)
        if hasattr(now, "__dataclass_fields__") and value is not None:
            changes[name] = changed_by(now, value, path)
        else:
            changes[name] = _checked(kinds[name], value, path)
    return replace(base, **changes)


def _checked(kind: Any, value: Any, path: str) -> Any:
    """``value`` as ``kind`` has it: lists become tuples, whole numbers may stand for floats."""
    if get_origin(kind) is UnionType:
        for one in get_args(kind):
            if one is NoneType and value is None:
                return None
            if one is not NoneType and value is not None:
                return _checked(one, value, path)
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        raise ValueError(f"{path} must be one of {', '.join(map(str, get_args(kind)))}")
    if get_origin(kind) is tuple and isinstance(value, (list, tuple)):
        return tuple(_checked(get_args(kind)[0], one, path) for one in value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is float and number:
        return float(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    words = (
        "a list of numbers" if get_origin(kind) is tuple else _WORDS.get(kind, "an object {...}")
    )
    raise ValueError(f"{path} must be {words}, not {value!r}")


_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    tuple: "a list of numbers",
}
