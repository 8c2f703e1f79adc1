"""Classes of unequal size: python -m benchmarks.training.imbalance --data FOLDER [--fine-tune].

Each method against none, on the same division of the photos, with several seeds: the recall of
every class, and their mean. By default only the new last layer of the backbone learns, on features
that are computed once; --fine-tune trains all of the network, which takes hours.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.training import paired
from benchmarks.training.command import RESULTS, add_common, check_common, end, fill
from benchmarks.training.job import Job
from benchmarks.training.paired import Row
from benchmarks.training.results import Results
from edge.cli import run_command

KIND = "imbalance"
METHODS: dict[str, tuple[str, ...]] = {
    "none": (),
    "weights": ("--balance", "weights"),
    "effective": ("--balance", "effective"),
    "oversample": ("--balance", "oversample"),
    "undersample": ("--balance", "undersample"),
    "focal": ("--focal-gamma", "2"),
    "weights-focal": ("--balance", "weights", "--focal-gamma", "2"),
}
_PHASES = {"head": "The new last layer alone", "tuned": "The whole network, fine-tuned"}


def run(args: argparse.Namespace) -> int:
    """Train what is missing, print the table."""
    check_common(args, tuple(METHODS))
    results = Results(args.json, KIND)
    failed = 0
    if not args.table:
        planned = jobs(args)
        if args.fine_tune:
            failed = fill(results, planned, args.work, keep=args.keep)
        else:
            # Here, as TensorFlow takes seconds to load, which a table alone does not need.
            from benchmarks.training.head_only import HeadOnly

            failed = fill(results, planned, args.work, keep=False, measure=HeadOnly().measure)
    print(table(results))
    return end(failed)


def jobs(args: argparse.Namespace) -> list[Job]:
    """A training a method and seed, all of one seed before the next."""
    phase = "tuned" if args.fine_tune else "head"
    base = ["--architecture", args.architecture, "--size", str(args.size)]
    base += ["--weights", args.weights] if args.weights else []
    base += [] if args.fine_tune else ["--epochs", "0"]
    return [
        Job(f"{phase}-{name}", seed, args.data, (*base, *options))
        for seed in args.seeds
        for name, options in METHODS.items()
        if not args.only or name in ("none", *args.only)
    ]


def table(results: Results) -> str:
    """The rows as a Markdown table a phase."""
    parts = []
    for phase, title in _PHASES.items():
        rows = [row for row in results.rows if row["row"].startswith(f"{phase}-")]
        if rows:
            parts.append(f"\n**{title}** (`{' '.join(_common(rows))}`):\n\n{_phase(phase, rows)}")
    return "\n".join(parts)


def _phase(phase: str, rows: Sequence[Row]) -> str:
    photos: dict[str, int] = next((row["photos"] for row in rows if "photos" in row), {})
    labels = list(rows[0]["float"]["recall"])
    heads = [f"{label} ({photos[label]})" if label in photos else label for label in labels]
    lines = [
        "| method | macro recall (range) | difference, points (95 % CI) | n | what that shows |"
        f" accuracy | {' | '.join(heads)} |",
        "|---|---|---|---|---|---|" + "---|" * len(labels),
    ]
    for method in METHODS:
        name = f"{phase}-{method}"
        if any(row["row"] == name for row in rows):
            lines.append(_line(rows, name, f"{phase}-none", labels))
    return "\n".join(lines)


def _line(rows: Sequence[Row], name: str, base: str, labels: Sequence[str]) -> str:
    macro = paired.seeds_of(rows, name, _macro_recall)
    gain = None if name == base else paired.differences(rows, name, base, _macro_recall)
    shown = f"{gain.points()} | {len(gain.values)} | {gain.verdict()}" if gain else (
        f"| {len(macro.values)} |"
    )  # fmt: skip
    accuracy = paired.seeds_of(rows, name, lambda row: float(row["float"]["top1"])).mean
    cells = []
    for label in labels:
        found = [row["float"]["recall"][label] for row in rows if row["row"] == name]
        known = [share for share in found if share is not None]
        cells.append(f"{sum(known) / len(known):.1%}" if known else "")
    method = name.partition("-")[2]
    return f"| {method} | {macro.share()} | {shown} | {accuracy:.2%} | {' | '.join(cells)} |"


def _macro_recall(row: Row) -> float:
    return float(row["float"]["macro_recall"])


def _common(rows: Sequence[Row]) -> list[str]:
    """The options that all rows begin with: those of the row that balances nothing."""
    plain = [row["options"] for row in rows if row["row"].endswith("-none")]
    return plain[0] if plain else []


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training.imbalance",
        description="What each method does for classes of unequal size.",
    )
    add = parser.add_argument
    add("--data", required=True, metavar="FOLDER", help="photos in classes of unequal size")
    add("--architecture", default="mobilenet-v2", help="a backbone (default %(default)s)")
    add("--size", type=int, default=224, metavar="N", help="side in pixels (default %(default)s)")
    add("--weights", metavar="imagenet|FILE", help="of the backbone, as python -m train takes them")
    add("--fine-tune", action="store_true", help="train the whole network, not the head alone")
    add_common(parser, RESULTS / "training-imbalance.json")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
