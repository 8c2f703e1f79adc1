"""Make a quantized file and prove it: python -m convert.quantize [MODEL] [--output FILE].

Exit code 0 with a file, 3 when the gate refuses it (--max-drop), 1 for what cannot be converted,
2 on wrong usage. docs/quantization.md tells what happens on the way.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

try:
    from convert.package import pack
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name}: not installed; pip install -r requirements-train.txt")

from convert.arguments import check, parse
from convert.calibration import Calibration
from convert.compatibility import require_devices
from convert.gate import rejected_path
from convert.golden import golden_of_file
from convert.layers import LayerCost, layer_costs, table
from convert.report import Background, write_report
from convert.representative import calibration_of
from convert.rescue.order import Rescue, rescue
from convert.subject import open_subject
from convert.trial import Trial, judge_draft, prove
from convert.workbench import Workbench
from edge.atomic import replace_file
from edge.classifier import Classifier
from edge.cli import NOT_PASSED, run_command
from edge.messages import print_warning


def run(args: argparse.Namespace) -> int:
    """Convert a float model, judge the file on held-out pictures, write it."""
    check(args)
    output: Path = args.output or Path(f"model_{args.format}.tflite")
    subject = open_subject(args)
    spec = subject.spec
    size = f"frames of {spec.width}x{spec.height}x{spec.channels}, crop {spec.crop}"
    print(f"{subject.source.path}: {len(subject.labels)} classes, {size}", flush=True)
    calibration, doubtful = calibration_of(subject, args)
    with TemporaryDirectory() as scratch:
        pixels = None if calibration is None else calibration.pixels
        bench = Workbench(
            subject,
            pixels,
            args.io or "uint8",
            Path(scratch),
            correct_biases=args.bias_correction,
        )
        bench.make("float32")
        graph = bench.make(args.format)
        trial = judge_draft(bench, args.format, args.max_drop)
        tried: Rescue | None = None
        costs: tuple[LayerCost, ...] = ()
        if trial is not None and not trial.verdict.passes and calibration is not None:
            graph, trial, tried, costs = _mend(bench, graph, trial, calibration, args)
        verdicts = require_devices(graph, str(output), allow_newer=args.allow_newer)
        proof = None if trial is None else prove(bench, args.format, trial, args.seed, args.quick)
        draft = bench.drafts[args.format]
        golden = golden_of_file(draft, spec, args.seed)
        facts = {} if proof is None else proof.facts()
        if calibration is not None:
            facts["calibration"] = calibration.to_json()
        if tried is not None and tried.won_by is not None:
            facts["rescued_by"] = tried.won_by.what
        elif correction := bench.made[args.format].correction:
            facts["bias_correction"] = correction.to_json()
        confidence = None if proof is None else proof.confidence
        final = pack(subject, graph, confidence, golden, facts)
        draft.write_bytes(final)
        checked = Classifier(draft)  # as a device loads it: runs the golden frames
        target = output if trial is None or trial.verdict.passes else rejected_path(output)
        with replace_file(target) as stream:
            stream.write(final)
        print(f"{target}: {len(final):,} bytes with labels and card, model {checked.model_id}")
        if proof is not None:
            background = Background(verdicts, calibration, doubtful, costs, tried)
            write_report(
                target, args.format, bench, proof, background, seed=args.seed, quick=args.quick
            )
    return _end(target, trial, args)


def _mend(
    bench: Workbench,
    graph: bytes,
    trial: Trial,
    calibration: Calibration,
    args: argparse.Namespace,
) -> tuple[bytes, Trial, Rescue | None, tuple[LayerCost, ...]]:
    """The layers that cost most, and with --rescue the first graph that passes, judged anew."""
    subject, float32 = bench.subject, bench.make("float32")
    print(trial.verdict.sentence(), flush=True)
    if args.format != "int8" or subject.validation is None:
        return graph, trial, None, ()
    if not args.rescue:
        costs = layer_costs(subject, float32, calibration.pixels, subject.validation.pixels)
        print(table(costs))
        return graph, trial, None, costs
    tried = rescue(
        subject,
        float32,
        graph,
        args.max_drop,
        args.seed,
        calibration=calibration.pixels,
        io=args.io or "uint8",
        told=lambda attempt: print(f"  {attempt.drop_points:+.2f} points: {attempt.what}"),
    )
    print(tried.table())
    if tried.winner is not None:
        graph = tried.winner
        bench.put(args.format, graph)
        again = judge_draft(bench, args.format, args.max_drop)
        assert again is not None  # the same pictures as before
        trial = again
    return graph, trial, tried, tried.layers


def _end(target: Path, trial: Trial | None, args: argparse.Namespace) -> int:
    """Say how it went; the exit code."""
    if trial is not None:
        print(trial.findings.comparison.table())
        print(trial.verdict.sentence())
    if trial is None or trial.verdict.passes:
        print(f"next: python -m edge.camera --model {target}")
        return 0
    remedy = "train longer, or allow more with --max-drop"
    if not args.rescue and args.format == "int8":
        remedy = f"try --rescue, {remedy}"
    print_warning(f"{target}: kept aside, for it loses too much; {remedy}")
    return NOT_PASSED


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, parse(argv))


if __name__ == "__main__":
    sys.exit(main())
