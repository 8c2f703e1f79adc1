"""What must work on a device, tried in the guests: golden frames, the demo, the device's tests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from deploy.emulator.guest import REPOSITORY, Extra, Guest
from edge.errors import EdgeError
from edge.messages import print_message

MODEL = "models/cifar10_int8.tflite"
FRAMES = "demo/frames"
_SHORT_LIMIT_S = 600.0
_TESTS_LIMIT_S = 3 * 3600.0
_PATIENCE = 5  # how many times longer the tests may wait


@dataclass(frozen=True)
class Outcome:
    """How one part went in one guest with one runtime."""

    system: str
    board: str
    part: str
    runtime: str
    passed: bool
    detail: str  # one line: figures, or what is wrong
    seconds: float  # wall time


def check(guest: Guest, parts: Sequence[str], runtimes: Sequence[str]) -> Iterator[Outcome]:
    """Every part with each of ``runtimes`` that the guest has; what they print is in work/logs."""
    for part in parts:
        for runtime in guest.runtimes(runtimes):
            print_message(f"{guest.system.name}, {guest.board.name}: {part}, {runtime}")
            name = f"{guest.system.name}-{guest.board.name}-{part}-{runtime}"
            log = guest.work / "logs" / f"{name}.log"
            start_s = time.monotonic()
            try:
                passed, detail = PARTS[part](guest, runtime, log)
            except EdgeError as error:
                passed, detail = False, str(error)
            seconds = time.monotonic() - start_s
            yield Outcome(
                guest.system.name, guest.board.name, part, runtime, passed, detail, seconds
            )


def _golden(guest: Guest, runtime: str, log: Path) -> tuple[bool, str]:
    command = [guest.system.edge.python, "-m", "deploy.emulator.golden", "models", runtime]
    code = guest.run(command, log=log, limit_s=_SHORT_LIMIT_S)
    return code == 0, _last_line(log)


def _demo(guest: Guest, runtime: str, log: Path) -> tuple[bool, str]:
    command = [guest.system.edge.python, "-m", "edge.camera", "--json", "--model", MODEL]
    command += ["--source", FRAMES, "--runtime", runtime, "--sheet", f"/out/{log.stem}.png"]
    code = guest.run(command, log=log, limit_s=_SHORT_LIMIT_S)
    if code:
        return False, f"ended with {code}: {_last_line(log)}"
    pictures = sorted(path.name for path in (REPOSITORY / FRAMES).glob("*.jpg"))
    wrong = wrong_labels(log.read_text(), pictures)
    right = len(pictures) - len(wrong)
    return not wrong, "; ".join([f"{right} of {len(pictures)} labels right", *wrong])


def wrong_labels(printed: str, pictures: Sequence[str]) -> list[str]:
    """What is wrong in the camera app's JSON Lines: pictures are called NUMBER_LABEL.jpg."""
    records = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    labels = {
        Path(record["path"]).name: record["label"]
        for record in records
        if record["type"] == "decision"
    }
    return [
        f"{name} is {labels.get(name, 'missing')}"
        for name in pictures
        if labels.get(name) != Path(name).stem.partition("_")[2]
    ]


def _tests(guest: Guest, runtime: str, log: Path) -> tuple[bool, str]:
    (alone,) = (each for each in guest.system.alone if each.runtimes == (runtime,))
    report = guest.out / f"{log.stem}.xml"
    report.unlink(missing_ok=True)
    command = [alone.python, "-m", "pytest", "tests/edge", "-p", "no:cacheprovider"]
    command += ["-p", "deploy.emulator.unreal"]
    # Without the prefix, /proc lists its processes, which a test looks for.
    extra = Extra(variables={"TEST_PATIENCE": str(_PATIENCE), "QEMU_LD_PREFIX": ""})
    command.append(f"--junitxml=/out/{report.name}")
    code = guest.run(command, extra, log=log, limit_s=_TESTS_LIMIT_S)
    if not report.exists():
        return False, f"pytest ended with {code}: {_last_line(log)}"
    passed, detail = read_report(report.read_text())
    return passed and code == 0, detail


def read_report(xml: str) -> tuple[bool, str]:
    """Whether all tests of a JUnit report passed, and how many did what; failures by name."""
    cases = list(ElementTree.fromstring(xml).iter("testcase"))
    faults = ("failure", "error")  # of the test itself, and of what it needs
    failed = [case for case in cases if any(case.find(fault) is not None for fault in faults)]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len(cases) - len(failed) - skipped
    detail = f"{passed} passed, {skipped} skipped, {len(failed)} failed"
    names = [f"{case.get('classname')}::{case.get('name')}" for case in failed]
    return bool(passed) and not failed, "; ".join([detail, *names])


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"


PARTS: dict[str, Callable[[Guest, str, Path], tuple[bool, str]]] = {
    "golden": _golden,
    "demo": _demo,
    "tests": _tests,
}


def table(outcomes: Sequence[Outcome]) -> str:
    """Markdown, a row an outcome."""
    lines = ["| system | board | what | runtime | | result | wall time, s |"]
    lines.append("|---|---|---|---|---|---|---:|")
    for outcome in outcomes:
        verdict = "passed" if outcome.passed else "FAILED"
        lines.append(
            f"| {outcome.system} | {outcome.board} | {outcome.part} | {outcome.runtime} "
            f"| {verdict} | {outcome.detail} | {outcome.seconds:.0f} |"
        )
    return "\n".join(lines)
