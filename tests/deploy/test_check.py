"""deploy.emulator.check: how the app's and pytest's own words are read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploy.emulator.check import Outcome, read_report, table, wrong_labels
from deploy.emulator.unreal import UNREAL

TESTS = Path(__file__).parents[1] / "edge"
PICTURES = ["01_cat.jpg", "02_dog.jpg"]


def decision(path: str, label: str | None) -> str:
    return json.dumps({"type": "decision", "path": path, "label": label})


def test_right_labels():
    lines = [decision("demo/01_cat.jpg", "cat"), decision("demo/02_dog.jpg", "dog")]
    assert wrong_labels("\n".join([*lines, "2 frames, 0.1 s"]), PICTURES) == []


@pytest.mark.parametrize(
    "printed, wrong",
    [
        pytest.param("", ["01_cat.jpg is missing", "02_dog.jpg is missing"], id="nothing said"),
        pytest.param(
            f"{decision('01_cat.jpg', 'dog')}\n{decision('02_dog.jpg', None)}",
            ["01_cat.jpg is dog", "02_dog.jpg is None"],
            id="wrong and unknown",
        ),
    ],
)
def test_wrong_labels(printed, wrong):
    assert wrong_labels(printed, PICTURES) == wrong


def report(*cases: str) -> str:
    inside = "".join(
        f'<testcase classname="tests.edge.test_a" name="test_{number}">{case}</testcase>'
        for number, case in enumerate(cases)
    )
    return f"<testsuites><testsuite>{inside}</testsuite></testsuites>"


def test_a_report_of_passes_and_skips():
    assert read_report(report("", "", "<skipped/>")) == (True, "2 passed, 1 skipped, 0 failed")


@pytest.mark.parametrize("fault", ["<failure/>", "<error/>"])
def test_a_failure_is_named(fault):
    passed, detail = read_report(report("", fault))
    assert not passed
    assert detail == "1 passed, 0 skipped, 1 failed; tests.edge.test_a::test_1"


def test_a_test_that_fails_and_errs_is_one():
    assert "1 failed; tests" in read_report(report("", "<failure/><error/>"))[1]


def test_no_test_at_all_is_no_pass():
    assert not read_report(report("<skipped/>"))[0]


def test_the_table_says_what_failed():
    outcome = Outcome("trixie", "pi5", "demo", "litert", False, "11 of 12 labels right", 12.3)
    assert table([outcome]).splitlines()[-1] == (
        "| trixie | pi5 | demo | litert | FAILED | 11 of 12 labels right | 12 |"
    )


@pytest.mark.parametrize("name", UNREAL)
def test_what_is_skipped_exists(name):
    file, _, function = name.partition("[")[0].partition("::")
    assert re.search(rf"(?m)^def {function}\(", (TESTS / file).read_text())
