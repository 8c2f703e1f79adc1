"""labels.csv: the class of each photo of a folder, and its group and part if the user likes."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from edge.errors import DataError
from train.data.pictures import PART_NAMES, Part
from train.data.walk import printable

TABLE = "labels.csv"
_NEEDED, _COLUMNS = ("file", "label"), ("file", "label", "group", "split")
_DELIMITERS = ",;\t"  # Excel writes ";" where the comma is the decimal point


@dataclass(frozen=True)
class Row:
    """One photo as the table describes it."""

    file: str  # as in the set of files that was given
    label: str
    group: str
    part: Part


@dataclass
class Table:
    """What the table says, and what of it could not be used."""

    path: Path
    rows: list[Row] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)  # files, of rows that cannot be used too
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def skip(self, line: int, fault: str) -> None:
        """Say why a line is not used."""
        self.skipped.append(printable(f"{self.path}: line {line}: {fault}"))


def read_table(path: Path, files: set[str]) -> Table:
    """The table at ``path`` about ``files``, given relative to its folder.

    Columns ``file`` and ``label``, and optionally ``group`` and ``split`` (train, validation,
    test, or empty); comma, semicolon or tab between them. Lines that cannot be used are told and
    left out. Raises DataError for a file that is no such table.
    """
    table = Table(path)
    lines = _lines(path)
    columns = _columns(table, lines[0] if lines else [])
    folded = {name.casefold(): name for name in files}
    seen: dict[str, tuple[int, Row]] = {}
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        values = {c: cells[i].strip() if i < len(cells) else "" for c, i in columns.items()}
        row = _row(table, number, values, files, folded)
        if row is not None:
            _add(table, seen, number, row)
    table.rows = [row for _, row in seen.values() if row.label]
    return table


def normal(name: str) -> str:
    """A file's name in the one form of Unicode (NFC); macOS writes another."""
    return unicodedata.normalize("NFC", name)


def label_of(name: str) -> str:
    """A class's name: one line, in the one form of Unicode, no space around it."""
    return " ".join(printable(normal(name)).split())


def _lines(path: Path) -> list[list[str]]:
    remedy = "save it as CSV in UTF-8 with the columns file and label"
    try:
        text = path.read_bytes().decode("utf-8-sig")
        first = text.split("\n", 1)[0]
        delimiter = max(_DELIMITERS, key=first.count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); {remedy}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a CSV file in UTF-8 ({error}); {remedy}") from error


def _columns(table: Table, header: list[str]) -> dict[str, int]:
    """Where each known column is; the first of each name counts."""
    names = [cell.strip().lower() for cell in header]
    for name in _NEEDED:
        if name not in names:
            raise DataError(
                f"{table.path}: has no column {name}; its first line must name the columns file and"
                " label, and may name group and split"
            )
    unknown = [cell.strip() for cell in header if cell.strip().lower() not in (*_COLUMNS, "")]
    if unknown:
        table.notes.append(printable(f"{table.path}: not used: column {', '.join(unknown)}"))
    twice = sorted({name for name in names if name in _COLUMNS and names.count(name) > 1})
    if twice:
        raise DataError(f"{table.path}: has two columns {twice[0]}; leave one")
    return {name: names.index(name) for name in _COLUMNS if name in names}


def _row(
    table: Table, line: int, values: dict[str, str], files: set[str], folded: dict[str, str]
) -> Row | None:
    """The photo of one line; None when it cannot be used."""
    given = values["file"]
    name = _found(table.path, given, files)
    if name is None:
        other = folded.get(normal(given).casefold())
        hint = f" (there is {other}: mind upper and lower case)" if other else ""
        table.skip(line, f"{given or 'no file'}: no such picture in the folder{hint}; skipped")
        return None
    table.mentioned.add(name)
    label, split = label_of(values["label"]), values.get("split", "").lower()
    if not label:
        table.skip(line, f"{given}: has no label; skipped")
        return None
    if split and split not in PART_NAMES:
        table.skip(line, f"{given}: split {split} is not train, validation or test; skipped")
        return None
    return Row(name, label, printable(values.get("group", "")), PART_NAMES.get(split, ""))


def _found(path: Path, given: str, files: set[str]) -> str | None:
    """The file that a line names, with / or \\, relative or absolute."""
    for text in (given, given.replace("\\", "/")):
        name = PurePosixPath(normal(text))
        for folder in (path.parent, path.parent.resolve()):
            if name.is_relative_to(folder):
                name = name.relative_to(folder)
        if str(name) in files:
            return str(name)
    return None


def _add(table: Table, seen: dict[str, tuple[int, Row]], line: int, row: Row) -> None:
    """Keep the row; one that contradicts an earlier line is left out, and the earlier one too."""
    if row.file not in seen:
        seen[row.file] = (line, row)
        return
    first, known = seen[row.file]
    if known == row:
        table.notes.append(printable(f"{table.path}: line {line}: {row.file}: listed in line"
                                     f" {first} too; taken once"))  # fmt: skip
    else:
        table.skip(line, f"{row.file}: is {row.label} here and something else in line {first};"
                   " left out until one of the two lines is gone")  # fmt: skip
        seen[row.file] = (first, Row(row.file, "", "", ""))
