"""Runs in the guest while its instructions are counted: the stages of one frame, many times.

python -m deploy.emulator.workload MODEL RUNTIME ROUNDS

Each stage stands between two marks, which the plugin of count.c writes down with the count so far.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from edge.classifier import Classifier
from edge.cli import run_command
from edge.decide import LIVE_SMOOTHING, Decider, card_policy
from edge.preprocess import Frame
from edge.runtime import make_interpreter, runtime_version
from edge.scores import top_k
from edge.tensors import read_tensors

WIDTH, HEIGHT = 640, 480  # of the frame
_MARK = 0x65646765  # as in count.c
_FRAME_S = 1 / 30  # what lies between two frames, for the smoothing
_TOP_K = 5


def run(args: argparse.Namespace) -> None:
    """Run every stage ``rounds`` times; then what was run as one JSON object on stdout."""
    cv2.setNumThreads(1)  # helpers that wait for work would execute instructions, too
    stages = _stages(args.model, args.runtime)
    prctl = ctypes.CDLL(None).prctl
    for _ in range(args.rounds):
        for number, stage in enumerate(stages.values()):
            prctl(_MARK, 2 * number, 0, 0, 0)
            stage()
            prctl(_MARK, 2 * number + 1, 0, 0, 0)
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "runtime": runtime_version(args.runtime),
    }
    print(json.dumps({"stages": list(stages), "versions": versions}))


def _stages(model: Path, runtime: str) -> dict[str, Callable[[], object]]:
    """What is counted, by name; each stage alone, on what the one before it gave."""
    classifier = Classifier(model, runtime=runtime)
    frame = _frame()
    input_tensor = classifier.preprocess(frame, "BGR")
    output_tensor = classifier.invoke(input_tensor)
    scores = classifier.postprocess(output_tensor)
    # One of its own: the classifier's is not handed out.
    interpreter = make_interpreter(model, 1, runtime)
    inputs, outputs = read_tensors(interpreter, model)
    policy = replace(card_policy(classifier.card), smoothing=LIVE_SMOOTHING)
    decider = Decider(classifier.labels, policy)
    now_s = 0.0

    def decide() -> object:
        nonlocal now_s
        now_s += _FRAME_S
        return decider.decide(scores, now_s)

    return {
        "nothing": lambda: None,
        "preprocess": lambda: classifier.preprocess(frame, "BGR"),
        "set_input": lambda: interpreter.set_tensor(inputs.tensor_index, input_tensor),
        "invoke": lambda: interpreter.invoke(),
        "read_output": lambda: interpreter.get_tensor(outputs.tensor_index),
        "postprocess": lambda: classifier.postprocess(output_tensor),
        "top_k": lambda: top_k(scores, classifier.labels, _TOP_K),
        "decide": decide,
        "classify": lambda: classifier.classify_prepared(classifier.prepare(frame, "BGR"), _TOP_K),
    }


def _frame() -> Frame:
    """A frame of smooth colours (480, 640, 3), BGR as cameras give it, the same everywhere."""
    rows, columns = np.indices((HEIGHT, WIDTH))
    planes = (columns * 255 // WIDTH, rows * 255 // HEIGHT, (rows + columns) % 256)
    frame: Frame = np.stack(planes, axis=2).astype(np.uint8)
    return frame


def build_parser() -> argparse.ArgumentParser:
    """The arguments, all by position."""
    parser = argparse.ArgumentParser(prog="python -m deploy.emulator.workload", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("runtime")
    parser.add_argument("rounds", type=int)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stages; returns the exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
