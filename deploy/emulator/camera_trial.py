"""Runs in the machine: the doctor and the camera app on a V4L2 camera, which is unplugged as well.

python -m deploy.emulator.camera_trial STEP...

What each step finds becomes a line "fact: {...}" on stdout. Nothing is judged here: camera_checks
does, on the host.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.app import CameraApp, Labelled
from deploy.emulator import vivid
from deploy.emulator.camera_plan import (
    DECISIONS,
    DEVICE,
    FACT,
    FRAMES,
    MODEL,
    OUTPUT,
    REPLUGS,
    SIZE,
    SIZES,
)
from edge.errors import EdgeError

_FEW_DECISIONS = 10

# As on a device: no root, and allowed to use cameras by a group.
_USER = ("setpriv", "--reuid=1000", "--regid=1000", "--groups=video", "env", "HOME=/tmp")

# An emulated processor is slow, and slower beside others: what hangs is meant, not what is late.
_PATIENCE_S = 240.0
_PATIENT = ["--stall=60"]  # where it is not the point what the app calls a fault
_AWAY_S = 2.0
_SETTLE_S = 5.0
_ALIKE = 3  # decisions in a row that make an answer
_MOST_DECISIONS = 60  # to wait for one
_POLL_S = 0.1


def frames() -> Iterator[dict[str, Any]]:
    """The app as it comes, with nothing said of size or format."""
    yield _look(None, DECISIONS)


def sizes() -> Iterator[dict[str, Any]]:
    """Other sizes than the app's own."""
    for size in SIZES:
        yield _look(size, _FEW_DECISIONS)


def _look(size: tuple[int, int] | None, decisions: int) -> dict[str, Any]:
    """Run the app for some decisions: what it says of the format, and what the driver says."""
    options = _PATIENT if size is None else [*_PATIENT, f"--width={size[0]}", f"--height={size[1]}"]
    start_s = time.monotonic()
    with _app(*options) as app:
        found = _decisions(app, decisions)
        driver = vivid.control(DEVICE, "--get-fmt-video", "--get-parm")
        code, end_s = app.terminate(_PATIENCE_S)
        print(app.messages, flush=True)
    ages_ms = sorted(decision.age_ms for decision in found)
    taken_s = found[-1].captured_s - found[0].captured_s
    return {
        "asked": list(size or SIZE),
        "messages": app.messages,
        "driver": driver,
        "decisions": len(found),
        "labels": sorted({str(decision.label) for decision in found}),
        "first_label_s": round(found[0].arrived_s - start_s, 2),
        "fps": round((len(found) - 1) / taken_s, 2),
        "age_p50_ms": round(statistics.median(ages_ms), 1),
        "age_max_ms": round(ages_ms[-1], 1),
        "code": code,
        "end_s": round(end_s, 2),
    }


def replug() -> Iterator[dict[str, Any]]:
    """The camera is taken away and brought back while the app runs, in three ways."""
    with _app("--health-every=10") as app:
        _decisions(app, 1)
        time.sleep(2 * _SETTLE_S)
        yield {"how": "before", "usage": asdict(app.usage())}
        for how in REPLUGS:
            print(f"-- {how}", flush=True)
            yield {"how": how, **_ways[how](app), "usage": asdict(app.usage())}
        code, end_s = app.terminate(_PATIENCE_S)
        print(app.messages, flush=True)
    for record in app.healths[-1:]:
        print(json.dumps(record.fields), flush=True)
    yield {"how": "end", "code": code, "end_s": round(end_s, 2)}


def _unbind(app: CameraApp) -> dict[str, Any]:
    """As a cable that is pulled and put back."""
    return _cycle(app, lambda: None, vivid.plug)


def _module(app: CameraApp) -> dict[str, Any]:
    """The driver's module removed meanwhile, and inserted again."""
    return _cycle(app, vivid.unload, lambda: vivid.load(vivid.WEBCAM))


def _renumber(app: CameraApp) -> dict[str, Any]:
    """Another program holds on to the old node, so that the camera comes back as another one."""
    with Path(DEVICE).open("rb", buffering=0):
        return _cycle(app, lambda: None, vivid.plug)


_ways: dict[str, Callable[[CameraApp], dict[str, Any]]] = {
    "unbind": _unbind,
    "module": _module,
    "renumber": _renumber,
}


def _cycle(
    app: CameraApp, meanwhile: Callable[[], None], bring: Callable[[], None]
) -> dict[str, Any]:
    """Unplug, wait for the app to say so, ``meanwhile``, ``bring`` the camera, wait for a label."""
    away_s = time.monotonic()
    vivid.unplug()
    fault = app.source_record("fault", away_s, _PATIENCE_S)
    print(json.dumps(fault.fields), flush=True)
    meanwhile()
    time.sleep(_AWAY_S)
    bring_s = time.monotonic()
    bring()
    here_s = time.monotonic()
    recovered = app.source_record("recovered", bring_s, _PATIENCE_S)
    print(json.dumps(recovered.fields), flush=True)
    first = app.first_decision(bring_s, _PATIENCE_S)
    time.sleep(_SETTLE_S)
    return {
        "fault": fault.fields["fault"],
        "noticed_s": round(fault.monotonic_s - away_s, 2),
        "bring_s": round(here_s - bring_s, 2),
        "label_s": round(max(0.0, first.arrived_s - here_s), 2),
        "attempts": recovered.fields["attempts"],
        "down_s": recovered.fields["down_s"],
        "nodes": vivid.nodes(),
        "open": sorted(path for path in app.open_files() if path.startswith("/dev/video")),
    }


def doctor() -> Iterator[dict[str, Any]]:
    """What the doctor says of the camera, and its exit code."""
    vivid.unload()
    vivid.load(vivid.HDMI)
    command = [*_USER, sys.executable, "-m", "edge.doctor", "--model", MODEL, "--source", DEVICE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    print(done.stdout, done.stderr, sep="", flush=True)
    yield {"code": done.returncode, "output": done.stdout}


def pictures() -> Iterator[dict[str, Any]]:
    """Known pictures: played to a video output that is looped to the camera's input."""
    vivid.unload()
    vivid.load(vivid.HDMI_LOOP)
    for device in (OUTPUT, DEVICE):
        vivid.control(device, "--set-dv-bt-timings", "index=0")  # 640x480
    width, height = SIZE
    wanted = f"width={width},height={height},pixelformat=YUYV"
    vivid.control(OUTPUT, f"--set-fmt-video-out={wanted}")
    vivid.control(DEVICE, f"--set-fmt-video={wanted}")
    vivid.control(DEVICE, "--set-ctrl=osd_text_mode=2", "--set-ctrl=loop_video=1")
    order = alternating(sorted(FRAMES.glob("*.jpg")))
    played = Path("/tmp/picture.yuyv")
    played.write_bytes(yuyv(_read(order[0])))
    player = vivid.play(OUTPUT, played)
    try:
        # Pictures that stand still for long would be a fault of a camera.
        with _app("--smooth=off", "--frozen=0", *_PATIENT) as app:
            before: str | None = ""
            for path in order:
                with played.open("r+b") as stream:  # the player reads it again for each frame
                    stream.write(yuyv(_read(path)))
                label, count = settled_label(app, before)
                yield {"picture": path.name, "label": label, "decisions": count}
                before = label
    finally:
        player.kill()
        player.wait()


def alternating(paths: list[Path]) -> list[Path]:
    """Every other one, then the others: files sorted by label, so that neighbours differ."""
    return [*paths[::2], *paths[1::2]]


def yuyv(bgr: NDArray[np.uint8]) -> bytes:
    """A raw frame of ``SIZE`` whose middle square is the middle square of ``bgr``.

    The app's model looks at that square of both.
    """
    width, height = SIZE
    scale = height / min(bgr.shape[:2])
    scaled = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = ((size - height) // 2 for size in scaled.shape[:2])
    frame = np.full((height, width, 3), 127, np.uint8)
    start = (width - height) // 2
    frame[:, start : start + height] = scaled[top : top + height, left : left + height]
    return cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_YUY2).tobytes()


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    if picture is None:
        raise EdgeError(f"{path}: no picture")
    return picture.astype(np.uint8, copy=False)


class Watched(Protocol):
    """The app as far as its decisions go."""

    @property
    def alive(self) -> bool: ...

    def decisions_since(self, arrived_s: float) -> list[Labelled]: ...


def settled_label(app: Watched, before: str | None) -> tuple[str | None, int]:
    """The label that the app settles on after ``before``, and how many decisions that took.

    It is ``before`` when nothing else comes in many decisions, or none comes any more.
    """
    shown_s = last_s = time.monotonic()
    count = 0
    while count < _MOST_DECISIONS and app.alive and time.monotonic() - last_s < _PATIENCE_S:
        time.sleep(_POLL_S)
        found = app.decisions_since(shown_s)
        if len(found) > count:
            count, last_s = len(found), time.monotonic()
        last = {decision.label for decision in found[-_ALIKE:]}
        if count >= _ALIKE and len(last) == 1 and last != {before}:
            return last.pop(), count
    return before, count


def _app(*options: str) -> CameraApp:
    return CameraApp(["--model", MODEL, "--source", DEVICE, *options], _USER)


def _decisions(app: CameraApp, count: int) -> list[Labelled]:
    """The first ``count`` decisions. EdgeError when no further one comes, or the app ends."""
    found = [app.first_decision(0.0, _PATIENCE_S)]
    last_s = time.monotonic()
    while len(found) < count:
        if not app.alive or time.monotonic() - last_s > _PATIENCE_S:
            raise EdgeError(f"{len(found)} of {count} decisions came; {app.messages}")
        time.sleep(_POLL_S)
        came = app.decisions_since(0.0)
        if len(came) > len(found):
            found, last_s = came, time.monotonic()
    return found[:count]


_steps: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "frames": frames,
    "replug": replug,
    "sizes": sizes,
    "doctor": doctor,
    "pictures": pictures,
}


def main(steps: Sequence[str]) -> int:
    """Run the steps, each whatever becomes of the one before; returns the exit code, 0."""
    start_s = time.monotonic()
    vivid.load(vivid.WEBCAM)
    _tell("machine", start_s, {
        "kernel": platform.release(),
        "python": platform.python_version(),
        "up_s": float(Path("/proc/uptime").read_text().split()[0]),
        "nodes": vivid.nodes(),
    })  # fmt: skip
    for name in steps:
        print(f"== {name}", flush=True)
        start_s = time.monotonic()
        try:
            for found in _steps[name]():
                _tell(name, start_s, found)
                start_s = time.monotonic()
        except (EdgeError, OSError, subprocess.SubprocessError) as error:
            _tell(name, start_s, {"error": str(error)})
    return 0


def _tell(step: str, start_s: float, found: dict[str, Any]) -> None:
    fact = {"step": step, "seconds": round(time.monotonic() - start_s, 1), **found}
    print(f"{FACT}{json.dumps(fact)}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
