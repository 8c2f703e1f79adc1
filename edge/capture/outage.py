"""One outage of a source: what is said of it, and when the source is opened again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from edge.capture.backoff import Backoff
from edge.capture.faults import FrameFault

SourceFault = FrameFault | Literal["lost", "stalled"]
Cause = Literal["gone", "frozen", "dark", "resized", "region"]

# A connection that is gone is tried again at least once a second, for as long as it takes: a try is
# cheap, and the label is back within two seconds of the source.
_GONE = Backoff(first_s=0.1, most_s=0.8)
# One that still gives frames is opened again in case that helps, but seldom: it may be the night.
_GIVING = Backoff(first_s=10.0, most_s=300.0)
_TURNED_S = 2.0  # what is another fault for so long is said; opening again passes through a few
_MEANING: dict[FrameFault, str] = {
    "frozen": "the same frame again and again; check it, or give --frozen 0 for a picture that "
    "never changes",
    "dark": "black frames; check the lens cap and the light",
    "resized": "frames of another size than before; it must be opened again",
}


@dataclass(frozen=True)
class SourceChange:
    """A source stopped giving good frames, or gives them again."""

    state: Literal["fault", "recovered"]
    fault: SourceFault
    message: str  # one line that names the source
    monotonic_s: float
    down_s: float | None = None  # recovered: seconds since the fault was noticed
    attempts: int = 0  # recovered: how often the source was opened again


class Trouble(NamedTuple):
    """What is wrong with a source at one moment."""

    fault: SourceFault
    cause: Cause  # faults of one cause are waited out alike, and are one to people
    message: str  # one line that names the source
    since_s: float  # time.monotonic() when it was noticed


class Outage:
    """The time from a fault to the next good frame.

    Attributes:
        fault: what was said last to be wrong.
        tries: openings without success that the waiting times grow with.
        retry_s: time.monotonic() of the next opening; None when that is not decided.
    """

    def __init__(self, trouble: Trouble, tries: int) -> None:
        """It begins with ``trouble``, after ``tries`` in vain before it."""
        self.fault = trouble.fault
        self.tries = tries
        self.retry_s: float | None = None
        self._now = trouble
        self._said_cause: Cause | None = None
        self._began_s = trouble.since_s
        self._attempts = 0
        self._said_stuck = False

    def take(self, trouble: Trouble) -> bool:
        """What is wrong now; True when that is another thing than before."""
        if trouble.cause == self._now.cause:
            return False
        self._now = trouble
        return True

    def news(self, now_s: float) -> SourceChange | None:
        """What is to be said by now, each once: the first fault, and what it has turned into."""
        now, said = self._now, self._said_cause
        has_turned = said is not None
        if now.cause == said or (has_turned and now_s - now.since_s < _TURNED_S):
            return None
        if has_turned:  # what was tried was against the other fault
            self.tries = 0
            self.retry_s = None if self.retry_s is None else now_s
        self.fault, self._said_cause = now.fault, now.cause
        return SourceChange("fault", now.fault, now.message, now.since_s)

    def wait(self, cause: Cause, now_s: float, chance: float) -> None:
        """Decide when to open the source again; ``chance`` is random, 0.0 to 1.0.

        ``now_s`` is on the monotonic clock, in seconds.
        """
        # Another size is settled by the next opening, either way.
        backoff = _GIVING if cause in ("frozen", "dark") else _GONE
        self.retry_s = now_s + backoff.delay_s(self.tries, chance)

    def opened_again(self) -> None:
        """The source is being opened once more."""
        self.retry_s = None
        self.tries += 1
        self._attempts += 1

    def put_off(self, now_s: float) -> None:
        """It could not be opened now: not before some time has passed."""
        self.retry_s = now_s + _GONE.most_s

    def stuck(self, name: str, calls: int, now_s: float) -> SourceChange | None:
        """What is said once when so many driver ``calls`` of the source ``name`` never return."""
        if self._said_stuck:
            return None
        self._said_stuck = True
        text = (
            f"{name}: {calls} calls to its driver are stuck, so it is opened again only now and "
            "then; switch the camera off and on, or restart the app"
        )
        return SourceChange("fault", self.fault, text, now_s)

    def ended(self, name: str, now_s: float) -> SourceChange:
        """What is said when good frames of the source ``name`` come again."""
        down_s = now_s - self._began_s
        text = f"{name}: gives frames again after {down_s:.1f} s"
        return SourceChange("recovered", self.fault, text, now_s, down_s, self._attempts)


def meaning(fault: FrameFault) -> str:
    """The fault and its remedy, for people."""
    return _MEANING[fault]
