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
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.app import CameraApp
from benchmarks.commands import shown_command
from benchmarks.growth import Growth, growth
from benchmarks.interruptions import INTERRUPTIONS, Outcome, interrupt, summary, table
from benchmarks.output import check_targets, write_json
from benchmarks.streams.servers import StreamServer, http_server, missing, rtsp_server
from edge.board import read_board
from edge.cli import NOT_PASSED, run_command
from edge.errors import EdgeError, UsageError

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
            started_s = time.monotonic()
            samples, outcomes = _soak(app, server, started_s, length_s)
            exit_code, end_s = app.terminate()
    result = {
        "command": shown_command("benchmarks/soak.py", args.words),
        "board": asdict(read_board()),
        "model": args.model.name,
        "stream": {"kind": "rtsp" if args.rtsp else "http", "size": _SIZE, "fps": _FPS},
        "length_s": round(length_s),
        **_verdict(samples, length_s),
        "exit_code": exit_code,
        "end_s": round(end_s, 3),
        "recovery": summary(outcomes, started_s),
        "samples": [asdict(sample) for sample in samples],
    }
    print(f"\n{table(outcomes)}\n\n{_tell(result)}")
    _write(result, args)
    return 0 if all(result["flat"].values()) and exit_code == 0 else NOT_PASSED


def _soak(
    app: CameraApp, server: StreamServer, started_s: float, length_s: float
) -> tuple[list[Sample], list[Outcome]]:
    """Samples every 5 s, and interruptions meanwhile. Raises EdgeError when the app ends."""
    samples: list[Sample] = []
    with ThreadPoolExecutor(1) as pool, ExitStack() as ending:
        over = threading.Event()
        ending.callback(over.set)  # a Ctrl-C must not wait for the last interruption
        trouble = pool.submit(_interrupt, app, server, started_s, length_s, over)
        while (elapsed_s := time.monotonic() - started_s) < length_s and not _failed(trouble):
            time.sleep(_SAMPLE_S - elapsed_s % _SAMPLE_S)
            samples.append(_sample(app, started_s, samples))
        return samples, trouble.result()


def _failed(future: Future[Any]) -> bool:
    return future.done() and future.exception() is not None


def _interrupt(
    app: CameraApp,
    server: StreamServer,
    started_s: float,
    length_s: float,
    over: threading.Event,
) -> list[Outcome]:
    """One kind of interruption after the other, evenly spread, until shortly before the end."""
    every_s = 30.0 if length_s >= _LONG_S else 10.0
    outcomes: list[Outcome] = []
    for number, kind in enumerate(cycle(INTERRUPTIONS), start=1):
        due_s = number * every_s
        if due_s > length_s - _BACK_S:
            return outcomes
        if over.wait(max(0.0, started_s + due_s - time.monotonic())):
            return outcomes
        outcome = interrupt(kind, server, app, _AWAY_S)
        outcomes.append(outcome)
        usage = app.usage()
        print(
            f"{due_s / 60:6.1f} min  {kind:<16}{outcome.faults:<10}back after"
            f" {outcome.recovery_s:5.2f} s{usage.memory_mb:9.1f} MB{usage.descriptors:5} files"
            f"{usage.threads:4} threads",
            flush=True,
        )
    raise AssertionError("cycle() never ends")


def _sample(app: CameraApp, started_s: float, before: Sequence[Sample]) -> Sample:
    now_s = time.monotonic()
    then_s = started_s + before[-1].elapsed_s if before else started_s
    ages_ms = [labelled.age_ms for labelled in app.decisions_since(then_s)]
    usage = app.usage()
    return Sample(
        elapsed_s=round(now_s - started_s, 3),
        memory_mb=usage.memory_mb,
        descriptors=usage.descriptors,
        threads=usage.threads,
        frames=len(ages_ms) + (before[-1].frames if before else 0),
        fps=round(len(ages_ms) / (now_s - then_s), 2),
        frame_age_p50_ms=round(statistics.median(ages_ms), 3) if ages_ms else None,
        reconnects=len(app.source_records("recovered", 0.0)),
    )


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


def _tell(result: dict[str, Any]) -> str:
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
    """0 when everything stayed flat, 1 when something grew or failed, 2 on wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = build_parser().parse_args(words)
    args.words = words
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
