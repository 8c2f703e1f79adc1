"""All that a report can tell; what was not measured is None or empty, and left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convert.conversion import Conversion, Format
from convert.proof.findings import Findings
from convert.proof.formats import FormatRow
from convert.proof.reliability import Calibrated
from edge.board import Board

if TYPE_CHECKING:  # the report reads these; it never makes one
    from convert.calibration import Calibration
    from convert.compatibility import Operator, Verdict
    from convert.gate import Verdict as GateVerdict
    from convert.graph.correction import Correction
    from convert.layers import LayerCost
    from convert.rescue.order import Rescue
    from convert.robustness import Robustness


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about one quantized file; only the first five must be there.

    Attributes:
        name: What the model calls itself.
        file_name: Of the finished file.
        sha256: Of the finished file, 64 hex digits.
        format: Of the finished file.
        findings: Its answers beside float32's, on the test pictures.
        gate: Whether the drop is small enough.
        formats: Every format with every installed runtime.
        scores: What its scores are worth, on the test pictures.
        unknown_threshold: A best calibrated score below it means none of the classes, 0 to 1.
        robustness: Its accuracy under what cameras do, and ``robustness_plot``, a PNG of it.
        verdicts: Which runtimes and tools take it.
        operators: What its graph is made of.
        calibration: The representative pictures, and ``doubts``, sentences about them.
        layers: What each layer costs, the worst first.
        rescue: What was tried to save it.
        conversions: What making each format took.
        board: The machine that all times are of.
        tools: Name and version of what made it.
    """

    name: str
    file_name: str
    sha256: str
    format: Format
    findings: Findings
    gate: GateVerdict | None = None
    formats: tuple[FormatRow, ...] = ()
    scores: Calibrated | None = None
    unknown_threshold: float | None = None
    robustness: Robustness | None = None
    robustness_plot: bytes | None = None
    verdicts: tuple[Verdict, ...] = ()
    operators: tuple[Operator, ...] = ()
    calibration: Calibration | None = None
    doubts: tuple[str, ...] = ()
    layers: tuple[LayerCost, ...] = ()
    rescue: Rescue | None = None
    conversions: Mapping[Format, Conversion] = field(default_factory=dict)
    board: Board | None = None
    tools: Mapping[str, str] = field(default_factory=dict)

    def correction_of(self, name: Format) -> Correction | None:
        """What became of the biases of a format's file, where that is known."""
        if name == self.format and self.rescue is not None and self.rescue.won_by is not None:
            return None  # the conversion is of the file that failed; another one took its place
        made = self.conversions.get(name)
        return None if made is None else made.correction
