"""One line of the doctor's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# fault: the camera app would not run; warning: it would run badly, or soon not; info: no judgement
State = Literal["ok", "info", "warning", "fault"]


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, and what mends it."""

    name: str
    state: State
    found: str
    remedy: str = ""  # the command or the act, for warnings and faults


def from_error(name: str, state: State, error: Exception) -> Check:
    """The line of an error that is written ``<name>: <fault>; <remedy>``."""
    fault, _, remedy = " ".join(str(error).split()).rpartition("; ")
    return Check(name, state, fault or remedy, remedy if fault else "")
