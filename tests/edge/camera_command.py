"""The camera command's arguments in tests, and how to read what it prints."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.edge.material import COLOURS

SUMMARY = re.compile(
    r"\d+ frames?, \d+\.\d s, (\d+\.\d frames/s, )?\d+ dropped(, \d+ records? lost)?"
    r"(, frame age p50 \d+\.\d ms, p99 \d+\.\d ms)?(; .*)?"
)
BASICS = ["--model", str(COLOURS), "--threads", "1"]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def decisions(text: str) -> list[dict[str, Any]]:
    return [line for line in lines(text) if line["type"] == "decision"]


def labels(text: str) -> list[str]:
    return [line["top"][0]["label"] for line in decisions(text)]
