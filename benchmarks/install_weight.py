"""What an installation on a device weighs: python benchmarks/install_weight.py [--json FILE].

requirements-edge.txt is installed from nothing into environments of its own, as it is and with each
runtime alone: files downloaded, space on disk, time. In each, the camera app then classifies a
folder of photos: which packages it imports, which it does not, and how long its modules take.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.commands import shown_command
from benchmarks.latency import DEFAULT_FRAMES, DEFAULT_MODEL
from benchmarks.output import check_targets, write_json
from benchmarks.virtual_environment import InstallError
from benchmarks.weight.imports import by_package, import_times, used_by_camera
from benchmarks.weight.installation import install, without
from benchmarks.weight.table import table
from edge.board import read_board
from edge.cli import run_command
from edge.errors import DataError, EdgeError, UsageError

_ROOT = Path(__file__).resolve().parents[1]
_REQUIREMENTS = _ROOT / "requirements-edge.txt"
_FORMAT = 1
_SLOWEST = 15

# The package that is left out for each.
VARIANTS: dict[str, str | None] = {
    "both runtimes": None,
    "LiteRT alone": "tflite-runtime",
    "tflite-runtime alone": "ai-edge-litert",
}


def run(args: argparse.Namespace) -> None:
    """Install and look, variant after variant; print the tables, write the JSON."""
    if args.runs < 1:
        raise UsageError("--runs: needs a number of 1 or more")
    check_targets(args.json)
    requirements = _read(args.requirements)
    result: dict[str, Any] = {
        "format": _FORMAT,
        "command": shown_command("benchmarks/install_weight.py", args.words),
        "board": asdict(read_board()),
        "variants": {},
    }
    for name in args.variants:
        print(f"{name}: installing ...", flush=True)
        left_out = VARIANTS[name]
        text = requirements if left_out is None else without(requirements, left_out)
        result["variants"][name] = _variant(text, args.runs)
    if all(variant["missing"] for variant in result["variants"].values()):
        raise EdgeError(next(iter(result["variants"].values()))["missing"])
    print(f"\n{table(result)}")
    write_json(result, args.json)


def _variant(requirements: str, runs: int) -> dict[str, Any]:
    """All figures of one set of requirements, or why it cannot be had here."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "requirements.txt").write_text(requirements, "utf-8")
        home = folder / "environment"
        try:
            installed = install(folder / "requirements.txt", home, folder / "wheels")
            seen = look(home / "bin" / "python", runs)
        except (InstallError, EdgeError) as error:
            return {"missing": str(error)}
        return {"missing": None, **asdict(installed), **seen}


def look(python: Path, runs: int) -> dict[str, Any]:
    """What the camera app imports in an environment, and how long that takes."""
    arguments = ["--model", str(DEFAULT_MODEL), "--source", str(DEFAULT_FRAMES)]
    camera = import_times(python, ["-c", "import edge.camera"], runs)
    whole = import_times(python, ["-m", "edge.camera", *arguments], runs)
    slowest = sorted(whole.items(), key=lambda item: -item[1])[:_SLOWEST]
    return {
        "used": asdict(used_by_camera(python, arguments)),
        "import_camera_ms": _rounded(by_package(camera)),
        "import_run_ms": _rounded(by_package(whole)),
        "slowest_ms": _rounded(dict(slowest)),
    }


def _rounded(times_ms: Mapping[str, float]) -> dict[str, float]:
    return {name: round(ms, 2) for name, ms in times_ms.items()}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); name the file") from error


def _variants(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in VARIANTS:
            raise argparse.ArgumentTypeError(f"no {name!r}; there are {', '.join(VARIANTS)}")
    return names


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/install_weight.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/install_weight.py",
        description="Install the device's packages from nothing, and weigh them.",
    )
    add = parser.add_argument
    add("--requirements", type=Path, default=_REQUIREMENTS, metavar="FILE",
        help="what a device installs (default requirements-edge.txt)")  # fmt: skip
    add("--variants", type=_variants, default=list(VARIANTS), metavar="A,B",
        help=f"of: {', '.join(VARIANTS)} (default: all)")  # fmt: skip
    add("--runs", type=int, default=10, help="of each import; the least counts (default 10)")
    add("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 when one variant at least was weighed, 1 on an error, 2 on wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = build_parser().parse_args(words)
    args.words = words
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
