"""All that a report can tell; what was not measured is None or empty, and left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from convert.conversion import Conversion, Format
from convert.gate import Verdict as GateVerdict
from convert.proof.comparison import Drop
from convert.proof.findings import Findings
from convert.proof.formats import FormatRow
from convert.proof.reliability import Calibrated
from edge.board import Board
from edge.stats import Accuracy


class RobustnessRow(Protocol):
    """The accuracy under one fault at one level; both texts as a person reads them."""

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def accuracy(self) -> Accuracy: ...


class RobustnessRows(Protocol):
    """Accuracy without a fault, then under each; ``score`` is their mean, 0 to 1."""

    @property
    def clean(self) -> Accuracy: ...
    @property
    def rows(self) -> tuple[RobustnessRow, ...]: ...
    @property
    def score(self) -> float: ...
    def to_json(self) -> dict[str, Any]: ...


class Verdict(Protocol):
    """Whether a target takes the file, and what it says against it."""

    @property
    def target(self) -> str: ...
    @property
    def takes(self) -> bool: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...


class OperatorCount(Protocol):
    """One operator of the graph and how often it is there."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def count(self) -> int: ...


class CalibrationSet(Protocol):
    """The representative pictures and what says exactly which."""

    @property
    def pixels(self) -> NDArray[Any]: ...
    @property
    def by_class(self) -> dict[str, int]: ...
    @property
    def seed(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def duplicates(self) -> int: ...
    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class LayerCost:
    """How far one operator's int8 output is from its float output."""

    name: str  # of the operator's output tensor
    operator: str
    error: float
    measure: str  # what ``error`` is, such as "RMSE in steps"


@dataclass(frozen=True)
class Attempt:
    """One way to save a file that failed the gate: what it gave and what it cost."""

    name: str  # what was tried, as a person reads it
    change: Drop | None  # against float32; None when no file came out
    bytes: int | None
    p50_ms: float | None  # of an invoke
    seconds: float  # that the attempt took
    passed: bool
    note: str = ""  # why it failed, or what is to be known about it


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about one quantized file. Only the first five parts must be there."""

    name: str  # what the model calls itself
    file_name: str
    sha256: str  # of the finished file
    format: Format
    findings: Findings
    gate: GateVerdict | None = None
    formats: tuple[FormatRow, ...] = ()
    scores: Calibrated | None = None
    unknown_threshold: float | None = None  # calibrated best score below it: none of the classes
    robustness: RobustnessRows | None = None
    robustness_plot: bytes | None = None  # PNG
    verdicts: tuple[Verdict, ...] = ()
    operators: tuple[OperatorCount, ...] = ()
    calibration: CalibrationSet | None = None
    doubts: tuple[str, ...] = ()  # sentences on the calibration pictures
    layers: tuple[LayerCost, ...] = ()  # those that cost most, the worst first
    attempts: tuple[Attempt, ...] = ()  # of a rescue, in their order
    conversions: Mapping[Format, Conversion] = field(default_factory=dict)
    board: Board | None = None
    tools: Mapping[str, str] = field(default_factory=dict)  # name -> version
