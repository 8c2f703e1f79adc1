"""Does the camera app stay as it is? python benchmarks/soak.py [--minutes 30] [--json FILE].

The app runs at full rate on a real stream server, which crashes, hangs and changes again and again.
What its process holds is sampled every 5 s from /proc, and every recovery is timed.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.app import CameraApp
from benchmarks.commands import shown_command
from benchmarks.growth import Growth, growth
from benchmarks.interruptions import INTERRUPTIONS, Outcome, interrupt, summary, table
from benchmarks.output import check_targets, cut_short, write_json
from benchmarks.streams.servers import StreamServer, http_server, missing, rtsp_server
from edge.board import read_board
from edge.cli import NOT_PASSED, run_command
from edge.errors import EdgeError, UsageError
from edge.messages import print_warning

_ROOT = Path(__file__).resolve().parents[1]
_SIZE = (640, 480)  # of the stream, in pixels
_FPS = 30
_SAMPLE_S = 5.0
_AWAY_S = 6.0  # longer than the app's own --stall, so that a server that hangs is noticed
_BACK_S = 20.0  # nothing is interrupted later than this before the end
_SHORTEST_S = 50.0
_LONG_S = 600.0  # from here on the slope of the memory says something
_MB_PER_H = 1.0  # growth that a process which runs for months can afford
_MB = 10.0  # growth in a short run: buffers, and the allocator's reserve for one more connection


@dataclass(frozen=True)
class Sample:
    """What the app held and did at one moment."""

    elapsed_s: float
    memory_mb: float  # resident, MiB
    descriptors: int
    threads: int
    frames: int  # classified since the start
    fps: float  # classified frames per second since the sample before
    frame_age_p50_ms: float | None  # of these; None when there were none
    reconnects: int


def run(args: argparse.Namespace) -> int:
    """Soak, tell, write the JSON and the plot; 0 when all stayed flat and came back."""
    length_s = args.seconds or args.minutes * 60
    if length_s < _SHORTEST_S:
        raise UsageError(f"--seconds, --minutes: need {_SHORTEST_S:.0f} seconds or more")
    check_targets(args.json, args.plot)
    if reason := missing("rtsp" if args.rtsp else "http"):
        raise EdgeError(reason)
    # So that the app and the server end with us, however we are ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with rtsp_server(_FPS) if args.rtsp else http_server(_FPS, args.clip) as server:
        server.start(_SIZE)
        with CameraApp(["--model", str(args.model.resolve()), "--source", server.url]) as app:
            app.first_decision(0.0, limit_s=30)
            soak = _Soak(app, server, time.monotonic())
            try:
                soak.run(length_s)
            except (EdgeError, KeyboardInterrupt) as error:
                if soak.length_s >= _SHORTEST_S and soak.outcomes:
                    print_warning(f"cut short: {soak.length_s / 60:.1f} minutes are kept")
                    _tell(_result(args, soak, error), soak, args)
                raise
            result = _result(args, soak)
    _tell(result, soak, args)
    return 0 if all(result["flat"].values()) and result["exit_code"] == 0 else NOT_PASSED


def _result(
    args: argparse.Namespace, soak: _Soak, error: BaseException | None = None
) -> dict[str, Any]:
    """End the app, and give the JSON file; ``error`` is what cut the soak short."""
    exit_code, end_s = soak.app.terminate()
    return {
        "command": shown_command("benchmarks/soak.py", args.words),
        **cut_short(error),
        "board": asdict(read_board()),
        "model": args.model.name,
        "stream": {"kind": "rtsp" if args.rtsp else "http", "size": _SIZE, "fps": _FPS},
        "length_s": round(soak.length_s),
        **_verdict(soak.samples, soak.length_s),
        "exit_code": exit_code,
        "end_s": round(end_s, 3),
        "recovery": summary(soak.outcomes, soak.started_s),
        "samples": [asdict(sample) for sample in soak.samples],
    }


@dataclass
class _Soak:
    """The app under interruptions, and what has been seen of it so far."""

    app: CameraApp
    server: StreamServer
    started_s: float  # monotonic
    samples: list[Sample] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def length_s(self) -> float:
        """How long it has been watched."""
        return self.samples[-1].elapsed_s if self.samples else 0.0

    def run(self, length_s: float) -> None:
        """Samples every 5 s, and interruptions meanwhile. Raises EdgeError when the app ends."""
        with ThreadPoolExecutor(1) as pool, ExitStack() as ending:
            over = threading.Event()
            ending.callback(over.set)  # a Ctrl-C must not wait for the last interruption
            trouble = pool.submit(self._interrupt, length_s, over)
            while (elapsed_s := self._elapsed_s()) < length_s and not _failed(trouble):
                time.sleep(_SAMPLE_S - elapsed_s % _SAMPLE_S)
                self.samples.append(self._sample())
            trouble.result()

    def _elapsed_s(self) -> float:
        return time.monotonic() - self.started_s

    def _interrupt(self, length_s: float, over: threading.Event) -> None:
        """One kind of interruption after the other, evenly spread, until shortly before the end."""
        every_s = 30.0 if length_s >= _LONG_S else 10.0
        for number, kind in enumerate(cycle(INTERRUPTIONS), start=1):
            due_s = number * every_s
            if due_s > length_s - _BACK_S or over.wait(max(0.0, due_s - self._elapsed_s())):
                return
            outcome = interrupt(kind, self.server, self.app, _AWAY_S)
            self.outcomes.append(outcome)
            usage = self.app.usage()
            print(
                f"{due_s / 60:6.1f} min  {kind:<16}{outcome.faults:<10}back after"
                f" {outcome.recovery_s:5.2f} s{usage.memory_mb:9.1f} MB{usage.descriptors:5} files"
                f"{usage.threads:4} threads",
                flush=True,
            )

    def _sample(self) -> Sample:
        before_s = self.length_s
        frames = self.samples[-1].frames if self.samples else 0
        elapsed_s = self._elapsed_s()
        decisions = self.app.decisions_since(self.started_s + before_s)
        ages_ms = [labelled.age_ms for labelled in decisions]
        usage = self.app.usage()
        return Sample(
            elapsed_s=round(elapsed_s, 3),
            memory_mb=usage.memory_mb,
            descriptors=usage.descriptors,
            threads=usage.threads,
            frames=frames + len(ages_ms),
            fps=round(len(ages_ms) / (elapsed_s - before_s), 2),
            frame_age_p50_ms=round(statistics.median(ages_ms), 3) if ages_ms else None,
            reconnects=len(self.app.source_records("recovered", 0.0)),
        )


def _failed(future: Future[Any]) -> bool:
    return future.done() and future.exception() is not None


def _verdict(samples: Sequence[Sample], length_s: float) -> dict[str, Any]:
    """``growth`` of each thing, and whether it is ``flat``."""
    times_s = [sample.elapsed_s for sample in samples]
    grown = {
        name: growth(times_s, [getattr(sample, name) for sample in samples])
        for name in ("memory_mb", "descriptors", "threads")
    }
    flat = {name: found.last_median <= found.first_median for name, found in grown.items()}
    flat["memory_mb"] = _memory_is_flat(grown["memory_mb"], length_s)
    return {"growth": {name: asdict(found) for name, found in grown.items()}, "flat": flat}


def _memory_is_flat(memory: Growth, length_s: float) -> bool:
    if length_s >= _LONG_S:
        return memory.slope_per_h <= _MB_PER_H
    return memory.last_median - memory.first_median <= _MB


def _tell(result: dict[str, Any], soak: _Soak, args: argparse.Namespace) -> None:
    print(f"\n{table(soak.outcomes)}\n\n{_words(result)}")
    _write(result, args)


def _words(result: dict[str, Any]) -> str:
    lines = []
    for name, title in (
        ("memory_mb", "memory, MB"),
        ("descriptors", "open files"),
        ("threads", "threads"),
    ):
        found = result["growth"][name]
        lines.append(
            f"{title:<12}{'flat' if result['flat'][name] else 'GROWS':<7}"
            f"{found['slope_per_h']:+.2f} an hour in the second half; median of the first quarter"
            f" {found['first_median']:g}, of the last {found['last_median']:g}"
        )
    if result["length_s"] < _LONG_S:
        lines.append("(a run under ten minutes: the slopes say nothing yet)")
    last = result["samples"][-1]
    lines.append(
        f"{last['frames']} frames classified, {last['reconnects']} reconnects;"
        f" SIGTERM: exit code {result['exit_code']} after {result['end_s']:.2f} s"
    )
    return "\n".join(lines)


def _write(result: dict[str, Any], args: argparse.Namespace) -> None:
    write_json(result, args.json)
    if args.plot:
        from benchmarks.soak_plot import draw

        draw(result, args.plot)
        print(f"written: {args.plot}")


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/soak.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/soak.py",
        description="Run the camera app on a stream that fails again and again; watch it grow.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=30.0, help="how long")
    length.add_argument("--seconds", type=float, help="the same in seconds, for a quick look")
    model = _ROOT / "models" / "cifar10_int8.tflite"
    add("--model", type=Path, default=model, help="the .tflite file")
    stream = parser.add_mutually_exclusive_group()
    stream.add_argument("--rtsp", action="store_true", help="H.264 over RTSP, not MJPEG over HTTP")
    stream.add_argument("--clip", type=Path, help="a film to stream, not the test picture")
    add("--json", type=Path, metavar="FILE", help="write all samples and figures there")
    add("--plot", type=Path, metavar="FILE", help="draw them there (.png; needs matplotlib)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 when everything stayed flat, 3 when something grew, 1 on a fault, 2 on wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = build_parser().parse_args(words)
    args.words = words
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
