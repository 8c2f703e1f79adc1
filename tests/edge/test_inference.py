"""Inference: the model's answers in order, ahead of who takes them, and an end in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from edge.capture import Patience, ReconnectingCapture, SourceChange
from edge.errors import ModelFileError, SourceError
from edge.inference import Inference, Tell
from edge.sources import CapturedFrame, Source
from tests.edge.material import AT_ONCE_S, RED, plain, wait_until

SOON_S = 5.0


class Frames(Source):
    """A source of so many frames, which fails ``at`` one of them, once."""

    def __init__(self, count: int, *, live: bool = False, at: int | None = None) -> None:
        self.name, self.live, self.recovers = "frames", live, live
        self.closed = threading.Event()
        self.given = 0
        self._count, self._at = count, at

    def read(self) -> CapturedFrame | None:
        if self.given == self._at:
            raise SourceError("frames: it fails")
        if self.given == self._count:
            return None
        self.given += 1
        if self.live:
            time.sleep(0.005)
        return CapturedFrame.taken_at(time.monotonic(), plain(RED), self.given - 1)

    def close(self) -> None:
        self.closed.set()


def inference_of(
    sources: list[Frames],
    infer: Callable[[int], int] = lambda number: 10 * number,
    tell: Tell = lambda change: None,
) -> Inference[int, int]:
    """Of the first of ``sources``, then of the next when that fails; answers are ten times the
    number."""
    left = iter(sources)

    def open_capture(tell: Tell) -> ReconnectingCapture[int]:
        return ReconnectingCapture(
            lambda: next(left),
            lambda captured: captured.number,
            name="frames",
            patience=Patience(),
            tell=tell,
            chance=lambda: 0.0,
        )

    return Inference(open_capture, infer, tell)


def answers(inference: Inference[int, int]) -> list[tuple[int, int]]:
    """Number and answer of all frames until the end."""
    seen = []
    while not inference.ended:
        ready = inference.next(SOON_S)
        if ready is not None:
            seen.append((ready.captured.number, ready.prepared))
    return seen


def test_every_frame_of_a_file_comes_once_and_in_order() -> None:
    source = Frames(50)
    with inference_of([source]) as inference:
        assert answers(inference) == [(number, 10 * number) for number in range(50)]
        assert inference.next(0) is None
        assert inference.dropped == 0
    assert source.closed.is_set()


def test_the_model_works_while_the_frame_before_is_decided_about() -> None:
    begun = threading.Semaphore(0)

    def infer(number: int) -> int:
        begun.release()
        return number

    with inference_of([Frames(3)], infer) as inference:
        first = inference.next(SOON_S)
        assert first is not None and first.prepared == 0
        # Nobody asks for the second one yet.
        assert begun.acquire(timeout=SOON_S) and begun.acquire(timeout=SOON_S)


def test_of_a_live_source_one_answer_waits_and_no_more() -> None:
    source = Frames(10_000, live=True)
    with inference_of([source]) as inference:
        assert inference.next(SOON_S) is not None
        wait_until(lambda: inference.dropped > 20)
        numbers = []
        while len(numbers) < 4:
            if (ready := inference.next(SOON_S)) is not None:
                numbers.append(ready.captured.number)
    # The two that were under way are old; then comes what is new.
    assert numbers[2] - numbers[1] > 15
    assert numbers == sorted(numbers)


def test_changes_are_told_between_the_frames_that_they_part_and_by_who_takes_them() -> None:
    told: list[tuple[str, str]] = []

    def tell(change: SourceChange) -> None:
        told.append((change.state, threading.current_thread().name))

    sources = [Frames(9, live=True, at=3), Frames(10_000, live=True)]
    seen: list[int | str] = []
    with inference_of(sources, tell=tell) as inference:
        until_s = time.monotonic() + SOON_S
        while time.monotonic() < until_s and len(seen) < 6:
            before = len(told)
            ready = inference.next(0.1)
            seen += [state for state, _ in told[before:]]
            seen += [] if ready is None else [ready.captured.number]
        assert inference.reconnects == 1
        assert inference.fault is None
    states = [entry for entry in seen if isinstance(entry, str)]
    assert states == ["fault", "recovered"]
    numbers = [entry for entry in seen if isinstance(entry, int)]
    assert numbers == sorted(numbers)
    assert {thread for _, thread in told} == {threading.current_thread().name}
    # A frame before the fault, none between it and the recovery.
    assert seen.index("recovered") == seen.index("fault") + 1 > 1


def test_what_the_model_raises_comes_after_the_answers_before_it() -> None:
    def infer(number: int) -> int:
        if number == 2:
            raise ModelFileError("m.tflite: an operator fails")
        return number

    source = Frames(9)
    with inference_of([source], infer) as inference:
        assert [inference.next(SOON_S).prepared for _ in range(2)] == [0, 1]  # type: ignore[union-attr]
        with pytest.raises(ModelFileError, match="an operator fails"):
            inference.next(SOON_S)
        assert not inference.ended
    assert source.closed.is_set()


def test_a_source_that_cannot_be_opened_is_an_error_however_late_it_is_asked_for() -> None:
    def fail(tell: Tell) -> ReconnectingCapture[int]:
        def open_source() -> Source:
            raise SourceError("nothing: no such camera")

        return ReconnectingCapture(open_source, lambda _: 0, name="nothing", patience=Patience())

    with Inference(fail, lambda number: number, lambda change: None) as inference:
        time.sleep(0.2)
        with pytest.raises(SourceError, match="no such camera"):
            inference.next(SOON_S)


def test_it_ends_in_time_though_an_answer_waits_or_the_model_is_stuck() -> None:
    stuck = threading.Event()
    waiting, working = Frames(9), Frames(9)
    for source, infer in ((waiting, lambda number: number), (working, lambda _: stuck.wait())):
        with inference_of([source], infer) as inference:  # type: ignore[arg-type]
            wait_until(lambda source=source: source.given > 0)  # type: ignore[misc]
            start_s = time.monotonic()
            inference.close()
            assert time.monotonic() - start_s < AT_ONCE_S + 0.6
    wait_until(waiting.closed.is_set)
    stuck.set()
    wait_until(working.closed.is_set)
