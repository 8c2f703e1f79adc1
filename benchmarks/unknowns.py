"""How well a file knows what it does not know: python benchmarks/unknowns.py --known F --unknown F.

Classifies held-out pictures of the model's own classes and pictures of none of them, each frame by
itself, with the temperature and the threshold of the file's card. docs/trust.md has a recipe.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.latency import DEFAULT_MODEL
from benchmarks.output import check_targets, write_json
from benchmarks.separation import RANKINGS, auroc, caught
from edge.arrays import read_arrays
from edge.classifier import Classifier
from edge.cli import run_command
from edge.decide import Decider, Policy
from edge.errors import DataError, ModelFileError
from edge.pictures import list_pictures, read_picture
from edge.preprocess import Frame
from edge.reliability import Reliability
from edge.scores import calibrate
from edge.stats import Accuracy

_REMEDY = "give the test.npz of a run folder, or the unknown.npz of benchmarks/hold_out.py"


def run(args: argparse.Namespace) -> None:
    """Classify both sets, print what was caught, write the JSON."""
    check_targets(args.json)
    classifier = Classifier(args.model, num_threads=args.threads)
    if classifier.card is None:
        raise ModelFileError(
            f"{args.model}: has no card with a temperature and a threshold;"
            " make the file with python -m convert.quantize"
        )
    frames, class_ids = _known_pictures(args.known, len(classifier.labels))
    unknown_frames = _unknown_pictures(args.unknown)
    known, unknown = _scores(classifier, frames), _scores(classifier, unknown_frames)
    result = judge(
        known,
        class_ids,
        unknown,
        classifier.card.temperature,
        classifier.card.unknown_threshold,
    )
    print(f"{args.model}: {len(classifier.labels)} classes, model {classifier.model_id}")
    print(_tell(result))
    facts = {"model": classifier.model_id, "known": str(args.known), "unknown": str(args.unknown)}
    write_json({**facts, **_to_json(result)}, args.json)


def judge(
    known: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    unknown: NDArray[np.float32],
    temperature: float,
    threshold: float,
) -> dict[str, Any]:
    """The figures for scores (n, classes) of known pictures with their ``class_ids``, and unknown.

    Shares are Accuracy objects: what counts as right is what the name of the share says.
    """
    right = known.argmax(axis=1) == class_ids
    refused = _is_unknown(known, temperature, threshold)
    refused_unknown = _is_unknown(unknown, temperature, threshold)
    return {
        "temperature": temperature,
        "threshold": threshold,
        "top1": _share(right),
        "ece_raw": Reliability.of(known, class_ids).ece,
        "ece": Reliability.of(calibrate(known, temperature), class_ids).ece,
        "unknown_caught": _share(refused_unknown),
        "known_refused": _share(refused),
        "right_refused": _share(refused[right]) if right.any() else None,
        "wrong_refused": _share(refused[~right]) if not right.all() else None,
        "rankings": {
            name: _separation(rank(known, temperature), right, rank(unknown, temperature))
            for name, rank in RANKINGS.items()
        },
    }


def _separation(
    known: NDArray[np.float32], right: NDArray[np.bool_], unknown: NDArray[np.float32]
) -> dict[str, Any]:
    return {
        "auroc": auroc(known, unknown),
        "caught": caught(known, right, unknown) if right.any() else 0.0,
    }


def _is_unknown(
    scores: NDArray[np.float32], temperature: float, threshold: float
) -> NDArray[np.bool_]:
    """Which pictures the camera app would call unknown, each by itself."""
    labels = tuple(str(class_id) for class_id in range(scores.shape[1]))
    decider = Decider(labels, Policy(temperature=temperature, threshold=threshold, alone=True))
    return np.array([decider.decide(row, 0.0).label is None for row in scores])


def _share(hits: NDArray[np.bool_]) -> Accuracy:
    return Accuracy(int(hits.sum()), len(hits))


def _tell(result: dict[str, Any]) -> str:
    rows = [
        ("top-1 of known pictures", result["top1"]),
        ("calibration error (ECE)", f"{result['ece_raw']:.4f} as given, {result['ece']:.4f} at"
         f" temperature {result['temperature']:g}"),
        (f"called unknown (below {result['threshold']:g})", ""),
        ("  of unknown pictures", result["unknown_caught"]),
        ("  of known pictures", result["known_refused"]),
        ("    of right answers", result["right_refused"]),
        ("    of wrong answers", result["wrong_refused"]),
    ]  # fmt: skip
    lines = [f"{name:<40}{value}" for name, value in rows if value is not None]
    lines.append(f"\n{'ranked by':<40}{'AUROC':<8}{'95 % CI':<18}unknown caught at 95 % right kept")
    for name, row in result["rankings"].items():
        low, high = row["auroc"].interval
        area = f"{row['auroc'].area:<8.3f}{f'{low:.3f} to {high:.3f}':<18}"
        lines.append(f"{name:<40}{area}{row['caught']:.1%}")
    return "\n".join(lines)


def _to_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _to_json(inner) for key, inner in value.items()}
    if isinstance(value, Accuracy):
        shown = value.to_json()
        return {"share": shown["top1"], "n": shown["n"], "ci95": shown["ci95"]}
    if hasattr(value, "to_json"):
        return value.to_json()
    return round(value, 6) if isinstance(value, float) else value


def _known_pictures(path: Path, classes: int) -> tuple[Sequence[Frame], NDArray[np.int64]]:
    arrays = read_arrays(path, ("pixels", "class_ids"), _REMEDY)
    pixels, class_ids = _checked(path, arrays["pixels"]), arrays["class_ids"]
    if class_ids.shape != (len(pixels),) or not np.issubdtype(class_ids.dtype, np.integer):
        raise DataError(f"{path}: class_ids must hold one class number a picture; {_REMEDY}")
    if class_ids.min() < 0 or class_ids.max() >= classes:
        raise DataError(
            f"{path}: has class {class_ids.max()}, the model knows 0 to {classes - 1};"
            " give the test pictures of the run that the file was made from"
        )
    return pixels, class_ids


def _unknown_pictures(path: Path) -> Sequence[Frame]:
    if path.is_dir():
        frames = [read_picture(picture) for picture in list_pictures(path)]
        if not frames:
            raise DataError(f"{path}: holds no pictures; name a folder of JPEG or PNG files")
        return frames
    return _checked(path, read_arrays(path, ("pixels",), _REMEDY)["pixels"])


def _checked(path: Path, pixels: NDArray[Any]) -> Sequence[Frame]:
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or not len(pixels):
        raise DataError(f"{path}: pixels must be uint8 (n, height, width, channels); {_REMEDY}")
    frames: Sequence[Frame] = pixels  # type: ignore[assignment]
    return frames


def _scores(classifier: Classifier, frames: Sequence[Frame]) -> NDArray[np.float32]:
    """Scores (n, classes) of the file, frame by frame."""
    progress = tqdm(frames, unit="frame", disable=not sys.stderr.isatty())
    return np.stack([classifier.classify(frame, top_k=0).scores for frame in progress])


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/unknowns.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/unknowns.py",
        description="Show a model pictures of no class that it knows, and see what it says.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--model", type=Path, default=DEFAULT_MODEL, help="the .tflite file")
    add("--known", type=Path, required=True, metavar="FILE",
        help="test.npz of the run folder that the file was made from")  # fmt: skip
    add("--unknown", type=Path, required=True, metavar="PATH",
        help="unknown.npz of benchmarks/hold_out.py, or a folder of pictures")  # fmt: skip
    add("--threads", type=int, default=1, help="of the interpreter")
    add("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
