"""The file in which a table's rows are kept: written whole after each, read to go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.training.job import Job
from edge.atomic import replace_file
from edge.board import read_board
from edge.errors import DataError

Row = dict[str, Any]
Machine = dict[str, Any]  # cpu, cores, memory_mb, os
_FORMAT = 1


class Results:
    """Rows of one kind of table.

    Attributes:
        about: What holds for all of them, such as the machine of rows that name none.
        rows: One a training: its identity and its figures.
    """

    def __init__(self, path: Path, kind: str) -> None:
        """Read what ``path`` has, if anything; DataError when it is no such file."""
        self.path, self.kind = path, kind
        self.about: dict[str, Any] = {}
        self.rows: list[Row] = []
        if path.exists():
            content = _read(path)
            if content.get("kind") != kind:
                raise DataError(f"{path}: has no {kind}; name another file with --json")
            self.about, self.rows = content["about"], content["rows"]

    def has(self, job: Job) -> bool:
        """Whether the figures of exactly this job are there."""
        return any(_is_of(row, job.identity()) for row in self.rows)

    def put(self, job: Job, figures: Mapping[str, Any], machine: Machine) -> None:
        """Add a row, or replace that of the same name and seed, and write the file.

        A row names its ``machine`` where that is not the first one's: a table can be gone on with
        elsewhere, and times compare on one machine alone.
        """
        identity = job.identity()
        same = ("row", "seed", "data")
        self.rows = [r for r in self.rows if any(r[key] != identity[key] for key in same)]
        first = self.about.setdefault("machine", machine)
        where = {} if machine_name(machine) == machine_name(first) else {"machine": machine}
        self.rows.append({**identity, **figures, **where})
        self.write()

    def machines(self) -> dict[str, list[int]]:
        """The seeds whose rows were measured on each machine, the most rows first."""
        found: dict[str, list[int]] = {}
        for row in self.rows:
            name = machine_name(row.get("machine", self.about.get("machine", {})))
            found.setdefault(name, []).append(row["seed"])
        return dict(sorted(found.items(), key=lambda one: -len(one[1])))

    def write(self) -> None:
        """Replace the file; a row stands in one line, so that changes can be read."""
        head = {"format": _FORMAT, "kind": self.kind, "about": self.about}
        text = json.dumps(head, indent=1)[:-2]
        rows = ",\n".join("  " + json.dumps(row) for row in self.rows)
        with replace_file(self.path) as stream:
            stream.write(f'{text},\n "rows": [\n{rows}\n ]\n}}\n'.encode())


def this_machine() -> Machine:
    """What a row says of the machine that it was measured on."""
    board = asdict(read_board())
    return {name: board[name] for name in ("cpu", "cores", "memory_mb", "os")}


def machine_name(machine: Machine) -> str:
    """A machine as the page names it: processor, cores, system."""
    cores = f"{machine.get('cores', '?')} cores"
    return ", ".join(filter(None, (machine.get("cpu"), cores, machine.get("os"))))


def read_results(path: Path) -> Results:
    """The results in ``path``, of whatever kind; DataError when it cannot be read."""
    return Results(path, str(_read(path).get("kind")))


def _is_of(row: Row, identity: Mapping[str, Any]) -> bool:
    known = {**identity, "teacher": identity.get("teacher")}
    return all(row.get(key) == value for key, value in known.items())


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove it to measure anew") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise DataError(f"{path}: not a table of trainings; name another file with --json")
    return content
