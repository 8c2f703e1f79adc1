"""All peers in all modes, round after round: each takes its turn, in an order that moves on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.comparison.environments import PeerMissingError
from benchmarks.comparison.figures import agreement, ratio, summary, verdicts
from benchmarks.comparison.measure import Measured, Mode, measure, modes
from benchmarks.comparison.peers import OURS, PEERS


class Comparison:
    """Runs of all peers in all modes."""

    def __init__(
        self,
        job: Path,
        cache: Path,
        count: int,
        pythons: Mapping[str, Path],
        missing: dict[str, str],
    ) -> None:
        self._job, self._cache, self._count = job, cache, count
        self._pythons, self._missing = pythons, missing
        self._modes = modes()
        self._first: dict[str, dict[str, Measured]] = {mode.name: {} for mode in self._modes}
        self._rounds: list[dict[str, dict[str, Measured]]] = []

    def first_runs(self) -> None:
        """One run that counts for nothing but answers: files are in memory after it.

        Ours first: nothing is worth waiting for without it.
        """
        for mode in self._modes:
            for peer in sorted(self._order(0), key=lambda peer: peer != OURS):
                self._measure(peer, mode, self._first[mode.name], "first run", answers=True)

    @property
    def rounds_n(self) -> int:
        """Rounds that are whole."""
        return len(self._rounds)

    def round(self, number: int) -> None:
        """All modes and peers once."""
        measured: dict[str, dict[str, Measured]] = {mode.name: {} for mode in self._modes}
        for mode in self._modes:
            for peer in self._order(number):
                self._measure(peer, mode, measured[mode.name], f"round {number + 1}")
        self._rounds.append(measured)

    def result(self, peers: Sequence[str]) -> dict[str, Any]:
        """All figures, as JSON takes them."""
        return {
            "modes": {mode.name: mode.title for mode in self._modes},
            "rounds_n": self.rounds_n,
            "peers": {peer: self._row(peer) for peer in peers},
            "bars": verdicts(self._rounds),
            "first_runs": _as_json(self._first),
            "rounds": [_as_json(one) for one in self._rounds],
        }

    def _order(self, number: int) -> list[str]:
        """The peers that still run, beginning with another one each round."""
        names = list(self._pythons)
        start = number % len(names) if names else 0
        return [name for name in names[start:] + names[:start] if name not in self._missing]

    def _measure(
        self,
        peer: str,
        mode: Mode,
        into: dict[str, Measured],
        about: str,
        *,
        answers: bool = False,
    ) -> None:
        try:
            one = measure(
                peer,
                self._pythons[peer],
                self._job,
                mode,
                self._count,
                answers=answers,
                cache=self._cache,
            )
        except PeerMissingError as error:
            if peer == OURS:
                raise  # there is nothing to compare with
            self._missing[peer] = str(error)
            print(f"{about:<10} {mode.title:<27} {error}", flush=True)
            return
        into[peer] = one
        print(
            f"{about:<10} {mode.title:<27} {peer:<12} p50 {one.frame_ms['p50']:7.3f} ms"
            f"  p99 {one.frame_ms['p99']:7.3f} ms  first label {one.first_label_s:5.2f} s"
            f"  {one.memory_mb:6.1f} MB",
            flush=True,
        )

    def _row(self, peer: str) -> dict[str, Any]:
        row: dict[str, Any] = {
            "title": PEERS[peer].title,
            "engine": PEERS[peer].packages[0],
            "missing": self._missing.get(peer),
        }
        if row["missing"] is not None:
            return row
        ours, theirs = (self._first["own"][name] for name in (OURS, peer))
        row["versions"] = theirs.versions
        row["agreement"] = agreement(ours.answers, theirs.answers)
        row["input_agreement"] = agreement(ours.input_answers, theirs.input_answers)
        row["modes"] = {mode.name: self._figures(peer, mode.name) for mode in self._modes}
        return row

    def _figures(self, peer: str, mode: str) -> dict[str, Any]:
        last = self._rounds[-1][mode][peer]
        ratios = {
            name: None
            if (found := ratio(self._rounds, mode, peer, name)) is None
            else asdict(found)
            for name in ("frame_p50_ms", "invoke_p50_ms", "first_label_s", "memory_mb")
        }
        return {
            **summary(self._rounds, mode, peer),
            "threads": last.threads,
            "process_threads": last.process_threads,
            "ratios": ratios,
        }


def _as_json(round_: Mapping[str, Mapping[str, Measured]]) -> dict[str, Any]:
    """Without the answers: their agreement is told, and they are long."""
    left_out = ("answers", "input_answers", "versions")
    return {
        mode: {
            peer: {key: value for key, value in asdict(one).items() if key not in left_out}
            for peer, one in measured.items()
        }
        for mode, measured in round_.items()
    }
