"""What happens to network cameras in months, done to a real server; how soon labels are back."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from benchmarks.app import CameraApp
from benchmarks.streams.servers import StreamServer

Interruption = Literal["crash", "reboot", "hang", "hang and crash", "other size"]

INTERRUPTIONS: tuple[Interruption, ...] = get_args(Interruption)
SIZES = ((320, 240), (640, 480))  # (width, height) in pixels


@dataclass(frozen=True)
class Outcome:
    """One interruption and what the app made of it; seconds on the monotonic clock."""

    kind: str
    began_s: float
    noticed_s: float | None  # from the interruption to the app's fault record; None: not noticed
    faults: str  # as the app named it; more than one when it went from one into another
    # From the first good frame that could be had to the first label; below 0 when the app was back
    # before the look from outside, or took a frame of a trouble that was not over for a good one.
    recovery_s: float
    attempts: int  # openings that the app tried


def interrupt(
    kind: Interruption, server: StreamServer, app: CameraApp, away_s: float, limit_s: float = 30.0
) -> Outcome:
    """Do ``kind`` to ``server`` and watch ``app`` come back.

    crash: killed, and up again at once. reboot: killed, and up again after ``away_s`` seconds.
    hang: stopped with its connections open, and going on after ``away_s``. hang and crash: stopped,
    killed and up again. other size: killed, and up again with frames of another size.
    Raises EdgeError when the app ends, or has no label ``limit_s`` seconds later.
    """
    began_s = time.monotonic()
    good_s = _do(kind, server, away_s)
    return watch(kind, began_s, good_s, app, limit_s)


def watch(kind: str, began_s: float, good_s: float, app: CameraApp, limit_s: float) -> Outcome:
    """What ``app`` made of an interruption at ``began_s`` with good frames again at ``good_s``.

    Waits until it is back. Raises EdgeError when the app did not notice within ``limit_s`` seconds,
    or is not back within as many again.
    """
    noticed = app.source_record("fault", began_s, limit_s)
    recovered = app.source_record("recovered", noticed.monotonic_s, limit_s)
    # Frames from before may get their labels during the interruption: the record parts old from
    # new. Should it stand behind the first new label, then the second counts, a frame later.
    label = app.first_decision(recovered.monotonic_s, limit_s)
    faults = [record.fields["fault"] for record in app.source_records("fault", began_s)]
    return Outcome(
        kind=kind,
        began_s=began_s,
        noticed_s=noticed.monotonic_s - began_s,
        faults=",".join(faults),
        recovery_s=label.arrived_s - good_s,
        attempts=recovered.fields["attempts"],
    )


def _do(kind: Interruption, server: StreamServer, away_s: float) -> float:
    """Returns time.monotonic() of the first good frame that could be had afterwards."""
    if kind in ("hang", "hang and crash"):
        server.hang()
        time.sleep(away_s)
    if kind == "hang":
        return server.go_on()
    server.crash()
    if kind == "reboot":
        time.sleep(away_s)
    if kind == "other size":
        return server.start(SIZES[0] if server.size == SIZES[1] else SIZES[1])
    return server.start(server.size)


def table(outcomes: Sequence[Outcome]) -> str:
    """Recovery by kind of interruption, a line each, and one for all; seconds."""
    rows = [f"{'interruption':<16}{'n':>4}{'noticed p50':>13}{'recovered p50':>15}{'max':>8}"]
    kinds = list(dict.fromkeys(outcome.kind for outcome in outcomes))
    for name in (*kinds, "all"):
        chosen = [outcome for outcome in outcomes if name in (outcome.kind, "all")]
        recoveries = [outcome.recovery_s for outcome in chosen]
        noticed = [outcome.noticed_s for outcome in chosen if outcome.noticed_s is not None]
        after = f"{statistics.median(noticed):.2f} s" if noticed else "-"
        p50 = f"{statistics.median(recoveries):.2f} s"
        rows.append(f"{name:<16}{len(chosen):>4}{after:>13}{p50:>15}{max(recoveries):>6.2f} s")
    return "\n".join(rows)


def summary(outcomes: Sequence[Outcome], started_s: float) -> dict[str, Any]:
    """n, p50 and max of the recoveries, and every interruption, for a JSON file.

    ``started_s`` is the start of the run, monotonic; ``at_s`` counts from there.
    """
    recoveries = [outcome.recovery_s for outcome in outcomes]
    interruptions = []
    for outcome in outcomes:
        fields = {"at_s": outcome.began_s - started_s, **asdict(outcome)}
        del fields["began_s"]
        interruptions.append(
            {
                name: round(value, 3) if isinstance(value, float) else value
                for name, value in fields.items()
            }
        )
    return {
        "n": len(outcomes),
        "recovery_p50_s": round(statistics.median(recoveries), 3),
        "recovery_max_s": round(max(recoveries), 3),
        "interruptions": interruptions,
    }
