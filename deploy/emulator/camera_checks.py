"""What the trial of the camera must have found: facts from a machine's console become verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.emulator.camera_plan import (
    DECISIONS,
    DEVICE,
    FACT,
    FRAMES,
    REPLUGS,
    SECOND,
    SIZES,
    STEPS,
)
from deploy.emulator.guest import REPOSITORY
from edge.errors import DataError

Fact = dict[str, Any]

# Generous: an emulated processor that shares a busy host must not fail for being slow.
_AGE_LIMIT_MS = 5000.0
_NOTICED_LIMIT_S = 30.0
_BACK_LIMIT_S = 60.0
_GROWTH_LIMIT_MB = 4.0  # the allocator's reserve; a leak of one frame a replug is more

_APP_FORMAT = re.compile(r"(\d+)x(\d+) (\w{4})(?: at ([\d.]+) frames/s)?")
_DRIVER_SIZE = re.compile(r"Width/Height\s*: (\d+)/(\d+)")
_DRIVER_FORMAT = re.compile(r"Pixel Format\s*: '(\w{4})'")
_DRIVER_RATE = re.compile(r"Frames per second: ([\d.]+)")


@dataclass(frozen=True)
class Check:
    """One verdict."""

    name: str
    passed: bool
    detail: str  # one line: figures, or what is wrong
    seconds: float  # in the machine


@dataclass(frozen=True)
class Format:
    """What a camera gives."""

    width: int
    height: int
    fourcc: str
    fps: float | None  # None where it is not said

    def __str__(self) -> str:
        rate = "" if self.fps is None else f" at {self.fps:.3g} frames/s"
        return f"{self.width}x{self.height} {self.fourcc}{rate}"

    def same_as(self, other: Format) -> bool:
        """True for the same size and format, and the same rate to 1 % where both say one."""
        if (self.width, self.height, self.fourcc) != (other.width, other.height, other.fourcc):
            return False
        if self.fps is None or other.fps is None:
            return True
        return abs(self.fps - other.fps) <= 0.01 * other.fps


def read_facts(console: Sequence[str]) -> list[Fact]:
    """The facts among the lines of a machine's console; DataError for a damaged one.

    The last line may be cut, where the machine was ended.
    """
    facts = []
    for number, line in enumerate(console, start=1):
        if not line.startswith(FACT):
            continue
        try:
            facts.append(json.loads(line.removeprefix(FACT)))
        except ValueError as error:
            if number < len(console):
                raise DataError(f"console: damaged fact ({line[:80]}...); run it again") from error
    return facts


def app_format(messages: str) -> Format | None:
    """The format that the app says its source has; None when it says none."""
    found = _APP_FORMAT.search(messages)
    if not found:
        return None
    width, height, fourcc, fps = found.groups()
    return Format(int(width), int(height), fourcc, float(fps) if fps else None)


def driver_format(printed: str) -> Format | None:
    """The format that ``v4l2-ctl --get-fmt-video --get-parm`` prints; None when it does not."""
    size, fourcc = _DRIVER_SIZE.search(printed), _DRIVER_FORMAT.search(printed)
    if not (size and fourcc):
        return None
    rate = _DRIVER_RATE.search(printed)
    fps = float(rate.group(1)) if rate else None
    return Format(int(size.group(1)), int(size.group(2)), fourcc.group(1), fps)


def judge(facts: Sequence[Fact], steps: Sequence[str] = STEPS) -> list[Check]:
    """A verdict for everything that a trial of ``steps`` must have done, done or not."""
    checks = []
    for step in ("machine", *steps):
        found = [fact for fact in facts if fact["step"] == step]
        good = [fact for fact in found if "error" not in fact]
        checks += _JUDGES[step](good)
        for fact in found:
            if "error" in fact:
                checks.append(Check(step, False, fact["error"], fact["seconds"]))
    return checks


def _machine(facts: Sequence[Fact]) -> list[Check]:
    if not facts:
        return [Check("camera device", False, "the machine had no camera", 0.0)]
    fact = facts[0]
    detail = (
        f"Linux {fact['kernel']}, Python {fact['python']}, {', '.join(fact['nodes']) or 'no node'} "
        f"{fact['up_s']:.0f} s after the kernel's start"
    )
    return [Check("camera device", DEVICE in fact["nodes"], detail, fact["seconds"])]


def _frames(facts: Sequence[Fact]) -> list[Check]:
    if not facts:
        return [_missing("frames classified")]
    fact = facts[0]
    good = (
        fact["decisions"] == DECISIONS
        and fact["code"] == 0
        and 0 < fact["age_p50_ms"] <= _AGE_LIMIT_MS
    )
    detail = (
        f"{fact['decisions']} decisions, the first after {fact['first_label_s']:.1f} s, "
        f"{fact['fps']:.1f} frames/s, age p50 {fact['age_p50_ms']:.0f} ms, "
        f"at most {fact['age_max_ms']:.0f} ms; exit code {fact['code']}"
    )
    return [_size(fact), Check("frames classified", good, detail, fact["seconds"])]


def _sizes(facts: Sequence[Fact]) -> list[Check]:
    checks = [_size(fact) for fact in facts]
    done = [tuple(fact["asked"]) for fact in facts]
    return checks + [_missing(f"{size[0]}x{size[1]}") for size in SIZES if size not in done]


def _size(fact: Fact) -> Check:
    """The format that the app says against the driver's own, and against what was asked."""
    width, height = fact["asked"]
    name = f"{width}x{height} asked"
    app, driver = app_format(fact["messages"]), driver_format(fact["driver"])
    if app is None or driver is None:
        return Check(name, False, f"the app says {app}, the driver {driver}", fact["seconds"])
    detail = f"the app says {app}, the driver {driver}"
    good = app.same_as(driver) and fact["decisions"] > 0 and fact["code"] == 0
    if (app.width, app.height) != (width, height) or app.fourcc != "MJPG":
        # Not what was asked: that must be said, beside what is given.
        warned = "warning:" in fact["messages"]
        good = good and warned
        detail += f"; {'said' if warned else 'NOT SAID'} that it is not as asked"
    return Check(name, good, detail, fact["seconds"])


def _replug(facts: Sequence[Fact]) -> list[Check]:
    checks = []
    done = [fact for fact in facts if fact["how"] in REPLUGS]
    for number, how in enumerate(REPLUGS):
        name = f"replug {number + 1}, {_WAYS[how]}"
        checks.append(_one_replug(name, done[number]) if number < len(done) else _missing(name))
    before = next((fact for fact in facts if fact["how"] == "before"), None)
    if before is None or not done:
        return [*checks, _missing("memory")]
    checks.append(_memory(before, done))
    end = next((fact for fact in facts if fact["how"] == "end"), None)
    if end is None:
        return [*checks, _missing("end by SIGTERM")]
    detail = f"exit code {end['code']} after {end['end_s']:.2f} s"
    return [*checks, Check("end by SIGTERM", end["code"] == 0, detail, end["seconds"])]


def _one_replug(name: str, fact: Fact) -> Check:
    node = SECOND if fact["how"] == "renumber" else DEVICE
    good = (
        fact["fault"] == "lost"
        and fact["noticed_s"] <= _NOTICED_LIMIT_S
        and fact["label_s"] <= _BACK_LIMIT_S
        and fact["open"] == [node]
    )
    detail = (
        f"{fact['fault']} after {fact['noticed_s']:.2f} s; label again {fact['label_s']:.2f} s "
        f"after the camera, {fact['attempts']} attempts; from {', '.join(fact['open']) or 'none'}; "
        f"{fact['usage']['memory_mb']:.1f} MB"
    )
    return Check(name, good, detail, fact["seconds"])


def _memory(before: Fact, after: Sequence[Fact]) -> Check:
    """What the app's process holds, before the replugs and after the last one."""
    first, last = before["usage"], after[-1]["usage"]
    # Not of all that is resident: code that only a fault runs comes from files, once.
    growth_mb = last["own_mb"] - first["own_mb"]
    good = (
        growth_mb <= _GROWTH_LIMIT_MB
        and last["descriptors"] <= first["descriptors"]
        and last["threads"] <= first["threads"]
    )
    detail = (
        f"{first['memory_mb']:.1f} MB, {last['memory_mb']:.1f} MB after {len(after)} replugs; "
        f"of it heap and stacks {first['own_mb']:.1f} and {last['own_mb']:.1f} "
        f"({growth_mb:+.1f}); peak {last['peak_mb']:.1f} MB; files {first['descriptors']} to "
        f"{last['descriptors']}, threads {first['threads']} to {last['threads']}"
    )
    return Check("memory", good, detail, before["seconds"])


def _doctor(facts: Sequence[Fact]) -> list[Check]:
    if not facts:
        return [_missing("doctor")]
    fact = facts[0]
    line = next((line for line in fact["output"].splitlines() if DEVICE in line), "")
    faults = [line for line in fact["output"].splitlines() if line.startswith("fault ")]
    found = [" ".join(one.split()) for one in (line or f"no line about {DEVICE}", *faults)]
    detail = "; ".join([f"exit code {fact['code']}", *found])
    return [Check("doctor", fact["code"] == 0 and bool(line), detail, fact["seconds"])]


def _pictures(facts: Sequence[Fact]) -> list[Check]:
    expected = sorted(path.name for path in (REPOSITORY / FRAMES).glob("*.jpg"))
    labels = {fact["picture"]: fact["label"] for fact in facts}
    wrong = [
        f"{name} is {labels.get(name, 'missing')}"
        for name in expected
        if name not in labels or labels[name] != label_of(name)
    ]
    detail = "; ".join([f"{len(expected) - len(wrong)} of {len(expected)} labels right", *wrong])
    seconds = sum(fact["seconds"] for fact in facts)
    return [Check("known pictures", bool(expected) and not wrong, detail, seconds)]


def label_of(name: str) -> str:
    """The label of a picture that is called NUMBER_LABEL.jpg."""
    return Path(name).stem.partition("_")[2]


def _missing(name: str) -> Check:
    return Check(name, False, "was not done", 0.0)


_WAYS = {
    "unbind": "cable",
    "module": "module out and in",
    "renumber": f"back as {SECOND}",
}

_JUDGES: dict[str, Callable[[Sequence[Fact]], list[Check]]] = {
    "machine": _machine,
    "frames": _frames,
    "replug": _replug,
    "sizes": _sizes,
    "doctor": _doctor,
    "pictures": _pictures,
}


def table(checks: Sequence[Check]) -> str:
    """Markdown, a row a check."""
    lines = ["| check | | found | time, s |", "|---|---|---|---:|"]
    for check in checks:
        verdict = "pass" if check.passed else "FAIL"
        detail = check.detail.replace("|", "/")
        lines.append(f"| {check.name} | {verdict} | {detail} | {check.seconds:.1f} |")
    return "\n".join(lines)
