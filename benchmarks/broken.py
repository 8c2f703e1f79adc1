"""Networks that quantization breaks, and what rescues them: python benchmarks/broken.py RUN NET.

Most are the run's own network, changed so that float32 does not notice, while one int8
scale for a whole tensor no longer holds its values. Every way of the rescue is tried on it; the
float and the winning file are then judged on the run's test pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from convert.child import run_in_child
from convert.conversion import convert
from convert.gate import judge
from convert.layers import table
from convert.pictures import Pictures
from convert.rescue.attempt import Attempt, score
from convert.rescue.order import rescue
from convert.run import Run
from convert.source import ModelSource
from convert.subject import Subject, of_run
from edge.cli import run_command

NETS = ("huge-channels", "one-huge-channel", "rare-spikes", "swish", "lens-cap")
_CALIBRATED_ON = 200
_FRAMES = 5


@dataclass(frozen=True)
class Broken:
    """A network that int8 breaks, and the pictures that its failing file is calibrated on."""

    subject: Subject
    calibration: NDArray[np.uint8]  # (n, height, width, channels)


def make(subject: Subject, net: str, folder: Path, seed: int) -> Broken:
    """The network ``net`` of ``NETS``, made from a run's; its model is saved in ``folder``."""
    assert subject.calibration is not None  # a run has them
    pixels = subject.calibration.pixels
    if net == "lens-cap":
        # The network is sound: it was calibrated on a few frames of a camera that saw nothing.
        return Broken(subject, pixels[:_FRAMES] // np.uint8(32))
    path = folder / "model.keras"
    run_in_child("benchmarks.breakers:make", net, subject, path, seed)
    # The fine-tune learns from the run's training pictures, which this file lists.
    (folder / "split.json").write_bytes((subject.source.path.parent / "split.json").read_bytes())
    return Broken(replace(subject, source=ModelSource(path)), pixels[:_CALIBRATED_ON])


def run(args: argparse.Namespace) -> None:
    """Break, rescue, report."""
    subject = _shortened(of_run(Run.open(args.run)), args.pictures)
    with TemporaryDirectory(prefix="broken-") as scratch:
        broken = make(subject, args.net, Path(scratch), args.seed)
        float32 = convert(broken.subject.source, "float32").data
        first = convert(broken.subject.source, "int8", broken.calibration).data
        found = rescue(
            broken.subject,
            float32,
            first,
            args.max_drop,
            args.seed,
            calibration=broken.calibration,
            try_all=args.all,
            told=_tell,
        )
        print(found.table())
        print(table(found.layers))
        for name, data in (("as converted", first), ("rescued", found.winner)):
            if data is not None:
                print(f"{name}, on the test pictures: {_judged(broken, float32, data, args)}")


def _judged(broken: Broken, float32: bytes, data: bytes, args: argparse.Namespace) -> str:
    test = broken.subject.test
    assert test is not None
    before, after = (score(broken.subject, file, test.pixels)[0] for file in (float32, data))
    right = (before.argmax(axis=1) == test.class_ids).mean()
    verdict = judge(before, after, test.class_ids, args.max_drop)
    return f"float32 {right:.2%}; {verdict.sentence()}"


def _tell(attempt: Attempt) -> None:
    print(f"{attempt.drop_points:+7.2f} points: {attempt.what}", file=sys.stderr, flush=True)


def _shortened(subject: Subject, count: int) -> Subject:
    """The subject with the first ``count`` validation pictures; they come in random order."""
    part = subject.validation
    assert part is not None
    kept = Pictures(part.pixels[:count], part.class_ids[:count], part.names[:count])
    return replace(subject, validation=kept)


def build_parser() -> argparse.ArgumentParser:
    """The command line of this benchmark."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/broken.py",
        description="Break a run's network for int8, and see which way of the rescue helps.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("run", type=Path, help="run folder that python -m train left")
    add("net", choices=NETS, help="how it is broken")
    add("--all", action="store_true", help="go on after the first way that helps")
    add("--max-drop", type=float, default=0.5, help="percentage points that int8 may lose")
    add("--pictures", type=int, default=2000, help="validation pictures to choose by, at most")
    add("--seed", type=int, default=0, help="of everything that is drawn")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
