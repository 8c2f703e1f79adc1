"""The result of a comparison as Markdown: a table for each mode, and the bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.comparison.peers import OURS, PEERS

Result = Mapping[str, Any]  # what peers.py writes as JSON

_HEAD = (
    "| {title} | frame to label p50, ms | p99 | inference p50 | first label, s | memory, MB (peak) "
    "| threads | same label | ours / it, frame to label | ours / it, inference |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def table(result: Result) -> str:
    """All of it; ends without a line break."""
    parts = [_mode(result, name, title) for name, title in result["modes"].items()]
    return "\n\n".join([*parts, bars(result), _missing(result), _about(result)]).replace(
        "\n\n\n\n", "\n\n"
    )


def bars(result: Result) -> str:
    """One line a bar: what was asked, what came out."""
    lines = ["| against MediaPipe | bar | ratio | |", "|---|---:|---:|---|"]
    for bar in result["bars"]:
        about = f"{bar['title']}, {result['modes'][bar['mode']]}"
        lines.append(
            f"| {about} | {bar['limit']:.2f} | {_spread(bar['ratio'], 2)} | {bar['verdict']} |"
        )
    return "\n".join(lines)


def _mode(result: Result, mode: str, title: str) -> str:
    lines = [_HEAD.format(title=title)]
    for peer, row in result["peers"].items():
        if row["missing"] is None:
            lines.append(_row(peer, row, row["modes"][mode]))
    return "\n".join(lines)


def _row(peer: str, row: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    agreed = "" if peer == OURS else f"{row['agreement']:.1%} ({row['input_agreement']:.1%})"
    threads = "?" if figures["threads"] is None else str(figures["threads"])
    cells = [
        PEERS[peer].title,
        _spread(figures["frame_p50_ms"], 2),
        _median(figures["frame_p99_ms"], 2),
        _median(figures["invoke_p50_ms"], 2),
        _spread(figures["first_label_s"], 2),
        f"{_median(figures['memory_mb'], 0)} ({_median(figures['peak_memory_mb'], 0)})",
        f"{threads} of {figures['process_threads']}",
        agreed,
        *(
            "" if peer == OURS else _spread(figures["ratios"][name], 2)
            for name in ("frame_p50_ms", "invoke_p50_ms")
        ),
    ]
    return "| " + " | ".join(cells) + " |"


def _missing(result: Result) -> str:
    lines = [
        f"- {PEERS[peer].title}: not measured. {row['missing']}"
        for peer, row in result["peers"].items()
        if row["missing"] is not None
    ]
    return "\n".join(lines)


def _about(result: Result) -> str:
    board, model = result["board"], result["model"]
    versions: dict[str, str] = {}
    for row in result["peers"].values():
        name = row["engine"]
        if row["missing"] is None:
            versions[name] = row["versions"][name]
    engines = ", ".join(f"{name} {version}" for name, version in versions.items())
    where = ", ".join(str(part) for part in (board["cpu"], f"{board['cores']} cores", board["os"]))
    return (
        f"{model['file']} ({model['sha256'][:12]}), {result['frames']['different']} different"
        f" frames of 640x480, {result['frames']['timed']} timed in each process,"
        f" {result['rounds_n']} rounds; {where}, Python {board['python']}; {engines}."
        f" `{result['command']}`"
    )


def _spread(spread: Mapping[str, Any] | None, digits: int) -> str:
    if spread is None:
        return "-"
    low, high = f"{spread['low']:.{digits}f}", f"{spread['high']:.{digits}f}"
    return f"{spread['median']:.{digits}f} ({low} to {high})"


def _median(spread: Mapping[str, Any] | None, digits: int) -> str:
    return "-" if spread is None else f"{spread['median']:.{digits}f}"
