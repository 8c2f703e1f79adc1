"""The report beside the finished file: every format measured, everything told."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from convert.calibration import Calibration
from convert.compatibility import Verdict, operators
from convert.conversion import Format
from convert.layers import LayerCost
from convert.package import tools
from convert.proof.evidence import Evidence
from convert.proof.formats import FormatRow, compare_formats, justify
from convert.proof.page import write_page
from convert.proof.record import write_record
from convert.rescue.order import Rescue
from convert.robustness import draw
from convert.trial import Proof
from convert.workbench import Workbench
from edge.board import read_board
from edge.errors import DataError
from edge.messages import print_warning

_COMPARED: tuple[Format, ...] = ("float32", "float16", "dynamic", "int8")


@dataclass(frozen=True, eq=False)
class Background:
    """What is known about a file besides the proof."""

    verdicts: tuple[Verdict, ...]
    calibration: Calibration | None
    doubts: tuple[str, ...]
    layers: tuple[LayerCost, ...]
    rescue: Rescue | None


def write_report(
    model: Path,
    format_: Format,
    bench: Workbench,
    proof: Proof,
    background: Background,
    *,
    seed: int,
    quick: bool,
) -> None:
    """Write ``model``'s report beside it, as page and as record; no other formats where ``quick``.

    Raises OutputError when one of them cannot be written.
    """
    rows = () if quick else _measure_formats(bench, format_, seed)
    board, finished = read_board(), model.read_bytes()
    trial, robustness = proof.trial, proof.robustness
    evidence = Evidence(
        name=bench.subject.name,
        file_name=model.name,
        sha256=sha256(finished).hexdigest(),
        format=format_,
        findings=trial.findings,
        gate=trial.verdict,
        formats=rows,
        scores=proof.scores,
        unknown_threshold=proof.confidence.unknown_threshold,
        robustness=robustness,
        robustness_plot=None if robustness is None else draw(robustness),
        verdicts=background.verdicts,
        operators=operators(finished),
        calibration=background.calibration,
        doubts=background.doubts,
        layers=background.layers,
        rescue=background.rescue,
        conversions=bench.made,
        board=board,
        tools=tools(),
    )
    page, record = model.with_suffix(".report.html"), model.with_suffix(".report.json")
    write_page(page, evidence)
    write_record(record, evidence)
    print(f"{page}: the report; {record.name}: its figures")


def _measure_formats(bench: Workbench, chosen: Format, seed: int) -> tuple[FormatRow, ...]:
    """Every format that can be made, with every runtime at hand, on the test pictures."""
    for format_ in _COMPARED:
        # Without calibration pictures there is no int8 file to compare with.
        if format_ == "int8" and not bench.can_calibrate:
            continue
        try:
            bench.make(format_)
        except DataError as error:
            print_warning(f"{error}; left out of the comparison")
    assert bench.subject.test is not None  # without it there is no proof to report
    rows = compare_formats(bench.drafts, bench.subject.test, seed=seed)
    print(justify(rows, chosen))
    return rows
