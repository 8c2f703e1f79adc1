"""A model file that classifies frames: load once, classify many."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.buffers import Buffers
from edge.errors import ModelFileError
from edge.golden import check_golden as check_golden_frames
from edge.golden import golden_differences
from edge.labels import match_labels, read_labels_file
from edge.modelfile import ModelFile, read_model_file
from edge.normalization import InputRange, PixelTable, is_identity, pixel_table
from edge.preprocess import Frame, FrameToInput, Order, to_pixels
from edge.runtime import RuntimeName, choose_runtime
from edge.scores import Prediction, Scores, is_distribution, softmax
from edge.scores import top_k as best
from edge.tensors import InputTensor, read_tensors
from edge.threads import load_interpreter

if TYPE_CHECKING:
    from edge.card import Card
    from edge.roi import Roi

__all__ = [
    *("Classification", "Classifier", "Inferred", "InputRange", "Prediction", "Prepared", "Stages"),
]


class Stages(NamedTuple):
    """How long each part of one classification took."""

    preprocess_ms: float  # from the frame to the interpreter's input
    invoke_ms: float  # the interpreter alone
    postprocess_ms: float  # from the interpreter's output to the answer

    def with_postprocess(self, more_ms: float) -> Stages:
        """The same with so much more of the last stage."""
        return self._replace(postprocess_ms=self.postprocess_ms + more_ms)


class Prepared(NamedTuple):
    """A frame as the model takes it."""

    input_tensor: NDArray[Any]  # (1, height, width, channels) in the model's own numbers
    preprocess_ms: float  # how long that took


class Inferred(NamedTuple):
    """What the model gave for a frame."""

    output_tensor: NDArray[Any]  # in the model's own numbers
    stages: Stages  # so far: of the last, only the reading of the output


class Classification(NamedTuple):
    """The answer for one frame."""

    scores: Scores  # float32 (classes,), probabilities
    top: tuple[Prediction, ...]  # best first
    stages: Stages


class Classifier:
    """An image classifier from a .tflite file.

    Use it from one thread; only ``prepare``, ``infer`` and ``finish`` may each have one of their
    own, so that the model works on a frame while the next is made ready and the last decided about.

    Attributes:
        model_path: The file.
        labels: One name a class; label i names score i.
        card: What the file says about itself, None for models of others.
        input_spec: How frames become input.
        runtime_name: The interpreter that runs, "litert" or "tflite-runtime".
        num_threads: The interpreter's threads.
        notices: Sentences that a command prints once: what had to be assumed about the file.
    """

    def __init__(
        self,
        model_path: Path,
        *,
        labels_path: Path | None = None,
        num_threads: int | Literal["auto"] = 1,
        runtime: str = "auto",
        roi: Roi | None = None,
        input_range: InputRange | None = None,
        check_golden: bool = True,
    ) -> None:
        """Load the model, choose its labels, and run the golden frames of its card.

        ``input_range`` is what pixels 0 to 255 become; None reads it from the file. Raises
        ModelFileError for a file that is no image classifier, or whose golden frames come out
        wrong; RuntimeMissingError without an interpreter.
        """
        self.runtime_name: RuntimeName = choose_runtime(runtime)
        file = read_model_file(model_path)
        self.model_path = model_path
        self._digest = file.digest
        self.card, labels = _texts_inside(model_path, file, with_labels=labels_path is None)
        self.notices: tuple[str, ...] = ()
        self.num_threads, self._interpreter = load_interpreter(
            model_path, file, num_threads, self.runtime_name
        )
        self._input, self._output = read_tensors(self._interpreter, model_path)
        self.labels = _choose_labels(model_path, labels, labels_path, self._output.classes)
        self.input_spec = _input_spec(self._input, self.card)
        self._roi = roi
        self._buffers = Buffers()
        self._table = self._pixel_table(file, input_range)
        self._is_raw = is_identity(self._table)
        self._applies_softmax = not file.gives_probabilities and not self._looks_like_scores()
        if check_golden and self.card is not None:
            check_golden_frames(self.card, self._scores_of_whole, model_path, self.runtime_name)

    @property
    def sha256(self) -> str:
        """Of the file, 64 hex digits."""
        return self._digest.hex()

    @property
    def model_id(self) -> str:
        """The first 12 of those."""
        return self.sha256[:12]

    @property
    def takes_pixels(self) -> bool:
        """True where the input is the pixels themselves, 0 to 255, with nothing to be done."""
        return self._is_raw

    def preprocess(self, frame: Frame, order: Order = "RGB") -> NDArray[Any]:
        """The input tensor, (1, height, width, channels) in the model's own numbers."""
        pixels = to_pixels(frame, self.input_spec, self._roi, order, self._buffers)
        return self._to_input(pixels)

    def invoke(self, input_tensor: NDArray[Any]) -> NDArray[Any]:
        """The raw output tensor for one input tensor, a copy in the model's own numbers.

        Raises ModelFileError when an operator of the model fails.
        """
        return self.infer(Prepared(input_tensor, 0.0)).output_tensor

    def postprocess(self, output_tensor: NDArray[Any]) -> Scores:
        """One score a class, float32 (classes,), 0.0 to 1.0, of a raw output tensor.

        Raises ModelFileError when a float model gives NaN or infinity.
        """
        raw = output_tensor.reshape(-1)
        affine = self._output.affine
        scores: Scores = raw.astype(np.float32) if affine is None else affine.dequantize(raw)
        if self._applies_softmax:
            scores = softmax(scores)
        if affine is None and not math.isfinite(scores.sum()):
            raise ModelFileError(
                f"{self.model_path}: gives scores that are no numbers; convert the model again, "
                "or check --input-range"
            )
        return scores

    def prepare(self, frame: Frame, order: Order = "RGB") -> Prepared:
        """The first stage of ``classify``, for one frame with its channels in ``order``."""
        start = time.perf_counter_ns()
        input_tensor = self.preprocess(frame, order)
        return Prepared(input_tensor, (time.perf_counter_ns() - start) / 1e6)

    def infer(self, prepared: Prepared) -> Inferred:
        """The second stage of ``classify``. Raises ModelFileError when an operator fails."""
        start = time.perf_counter_ns()
        self._interpreter.set_tensor(self._input.tensor_index, prepared.input_tensor)
        written = time.perf_counter_ns()
        try:
            self._interpreter.invoke()
            invoked = time.perf_counter_ns()
            output_tensor = self._interpreter.get_tensor(self._output.tensor_index)
        except (RuntimeError, ValueError) as error:
            raise ModelFileError(
                f"{self.model_path}: {self.runtime_name} cannot run it ({error}); "
                "convert the model again"
            ) from error
        preprocess_ms = prepared.preprocess_ms + (written - start) / 1e6
        read_ms = (time.perf_counter_ns() - invoked) / 1e6
        stages = Stages(preprocess_ms, (invoked - written) / 1e6, read_ms)
        return Inferred(output_tensor, stages)

    def finish(self, inferred: Inferred, top_k: int = 5) -> Classification:
        """The last stage of ``classify``. Raises ModelFileError for scores that are no numbers."""
        start = time.perf_counter_ns()
        scores = self.postprocess(inferred.output_tensor)
        top = best(scores, self.labels, top_k)
        stages = inferred.stages.with_postprocess((time.perf_counter_ns() - start) / 1e6)
        return Classification(scores, top, stages)

    def classify_prepared(self, prepared: Prepared, top_k: int = 5) -> Classification:
        """The other stages of ``classify``."""
        return self.finish(self.infer(prepared), top_k)

    def classify(self, frame: Frame, top_k: int = 5) -> Classification:
        """Scores, the ``top_k`` best labels and the time of each stage, for one RGB frame."""
        return self.classify_prepared(self.prepare(frame), top_k)

    def verify_golden(self) -> float:
        """Largest difference of a score from the card's golden frames; 0.0 without any."""
        golden = () if self.card is None else self.card.golden
        return max(golden_differences(golden, self._scores_of_whole, self.model_path), default=0.0)

    def _looks_like_scores(self) -> bool:
        """True when a few made-up frames give distributions, False when they give logits."""
        shape = (self._input.height, self._input.width, self._input.channels)
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        probes = (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), noise)
        step = self._output.affine.scale if self._output.affine else 0.0
        self._applies_softmax = False
        return all(is_distribution(self._scores_of(pixels), step) for pixels in probes)

    def _scores_of_whole(self, frame: Frame) -> Scores:
        # The region of interest belongs to the camera, not to the model.
        return self._scores_of(to_pixels(frame, self.input_spec))

    def _scores_of(self, pixels: NDArray[np.uint8]) -> Scores:
        return self.postprocess(self.invoke(self._to_input(pixels)))

    def _to_input(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        if self._is_raw:
            # A frame of the right size passes untouched, and may be a view into a larger one.
            return np.ascontiguousarray(pixels)[np.newaxis]
        numbers = self._buffers.take(pixels.shape, self._input.dtype)
        return cv2.LUT(pixels, self._table, dst=numbers).reshape(1, *pixels.shape)

    def _pixel_table(self, file: ModelFile, input_range: InputRange | None) -> PixelTable:
        """The table that turns pixels into the input's numbers; notes what it has to assume."""
        if input_range is None and self.card is not None:
            input_range = "0..255"  # the contract of every model that carries our card
        stated = file.normalization
        if stated is not None and len(stated.mean) not in (1, self._input.channels):
            raise ModelFileError(
                f"{self.model_path}: its metadata normalize {len(stated.mean)} channels, its input "
                f"has {self._input.channels}; convert the model again"
            )
        scaling = input_range or stated
        if self._input.dtype == np.float32 and scaling is None:
            self.notices += (
                f"{self.model_path}: does not say which numbers it takes for pixels, 0..255 is "
                "assumed; --input-range 0..1 or -1..1 changes it",
            )
        return pixel_table(self._input.dtype, self._input.affine, scaling)


def _texts_inside(
    path: Path, file: ModelFile, *, with_labels: bool
) -> tuple[Card | None, tuple[str, ...] | None]:
    """The card and the labels of a file, None for what it has not, or what nobody asks for."""
    if not file.has_texts:
        return None, None
    from edge.card import read_card, read_card_and_labels  # here, as many a model has no texts

    if with_labels:
        return read_card_and_labels(path, file.data)
    return read_card(path, file.data), None


def _choose_labels(
    model_path: Path, inside: tuple[str, ...] | None, labels_path: Path | None, classes: int
) -> tuple[str, ...]:
    """The labels from the user's file, else from the model's, else "class 0" and so on."""
    if labels_path is not None:
        return match_labels(read_labels_file(labels_path), classes, str(labels_path))
    if inside is None:
        return tuple(f"class {i}" for i in range(classes))
    return match_labels(inside, classes, str(model_path))


def _input_spec(tensor: InputTensor, card: Card | None) -> FrameToInput:
    if card is None:
        return FrameToInput(tensor.width, tensor.height, tensor.channels)
    return FrameToInput(tensor.width, tensor.height, tensor.channels, card.crop, card.interpolation)
