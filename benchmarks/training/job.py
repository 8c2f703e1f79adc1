"""One training that a table needs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """A training, and the conversion of what it gives; equal jobs give equal figures."""

    row: str  # of the table
    seed: int
    data: str  # as python -m train takes it
    options: tuple[str, ...] = ()  # of python -m train, besides data, seed and place
    conversion: tuple[str, ...] | None = None  # of convert.quantize; None: no file is made
    teacher: Job | None = None  # whose network this one learns from

    def identity(self) -> dict[str, Any]:
        """What a result states of it; of paths only their names, to be the same anywhere."""
        made = None if self.conversion is None else list(map(portable, self.conversion))
        taught = {"teacher": list(map(portable, self.teacher.options))} if self.teacher else {}
        return {
            "row": self.row,
            "seed": self.seed,
            "data": portable(self.data),
            "options": list(map(portable, self.options)),
            "conversion": made,
            **taught,
        }

    def folder(self, work: Path) -> Path:
        """Where its files lie: the same for the same training, in whatever table it is a row."""
        facts = {name: value for name, value in self.identity().items() if name != "row"}
        digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
        return work / f"{digest[:12]}-seed{self.seed}"


def portable(argument: str) -> str:
    """The name of a path; any other argument as it is."""
    return Path(argument).name if "/" in argument else argument
