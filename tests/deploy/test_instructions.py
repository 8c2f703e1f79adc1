"""deploy.emulator.instructions: from marks to figures, and what counts as growth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.emulator.instructions import (
    Count,
    compare,
    not_compared,
    read_counts,
    read_marks,
    table,
    write_counts,
)
from edge.errors import DataError

STAGES = {
    "preprocess": 800,
    "set_input": 10,
    "invoke": 14_000,
    "read_output": 10,
    "postprocess": 20,
    "top_k": 60,
    "decide": 100,
    "classify": 14_900,
}
VERSIONS = {"python": "3.11.2", "numpy": "1.26.4", "opencv": "4.10.0", "runtime": "2.3.0"}
COUNT = Count(
    "bookworm", "pi5", "cortex-a76", "litert", "net.tflite", "ab12", dict(VERSIONS), STAGES
)


def marks(*rounds: tuple[int, ...]) -> str:
    """Mark lines: each round has the instructions of its stages; 7 lie between two of them."""
    count, lines = 1000, []
    for stages in rounds:
        for number, instructions in enumerate(stages):
            lines.append(f"{2 * number} {count}")
            count += instructions
            lines.append(f"{2 * number + 1} {count}")
            count += 7
    return "".join(f"{line}\n" for line in lines)


def with_stages(**changed: int) -> Count:
    return replace(COUNT, stages={**STAGES, **changed})


def test_stages_are_medians_after_warm_up_without_what_marks_cost():
    text = marks((9, 900), (9, 800), (5, 105), (5, 105), (6, 106), (5, 300))
    assert read_marks(text, ["nothing", "invoke"]) == {"invoke": 106 - 5}


@pytest.mark.parametrize(
    "text, fault",
    [
        pytest.param("", "^0 marks for 2 stages", id="nothing was counted"),
        pytest.param("0 1\n1 2\n2 3\n", "^3 marks for 2 stages", id="it ended too early"),
        pytest.param("0 1\n1 2\n0 3\n1 4\n", "^marks 0 and 1 out of order", id="two at a time"),
    ],
)
def test_marks_that_cannot_be_right(text, fault):
    with pytest.raises(DataError, match=fault):
        read_marks(text, ["nothing", "invoke"])


def test_the_pipelines_own_is_all_but_invoke():
    assert COUNT.own == 14_900 - 14_000 + 100


def test_a_file_gives_back_what_was_written(tmp_path):
    path = tmp_path / "counts.json"
    path.write_bytes(write_counts([COUNT], "the command", {"rounds": 40}))
    assert read_counts(path) == [COUNT]
    assert '"own": 1000' in path.read_text() and '"the command"' in path.read_text()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"rows": [{"system": "bookworm"}]}'])
def test_a_file_that_holds_no_counts(tmp_path, text):
    path = tmp_path / "counts.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"counts\.json: holds no counts"):
        read_counts(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"none\.json: cannot be read \(No such file"):
        read_counts(tmp_path / "none.json")


def test_growth_is_the_pipelines_alone():
    (change,) = compare([COUNT], [with_stages(invoke=28_000, classify=28_900)])
    assert change.growth == 0.0, "twice the inference, and the pipeline as it was"


def test_growth_names_the_stage():
    (change,) = compare([COUNT], [with_stages(postprocess=80, top_k=59, classify=14_960)])
    assert change.growth == pytest.approx(0.06)
    assert change.worst_stage == "postprocess"


def test_each_row_is_compared_with_its_own():
    other = replace(COUNT, board="pi4", stages={**STAGES, "classify": 15_000})
    changes = compare([COUNT, other], [other, COUNT])
    assert [change.growth for change in changes] == [0.0, 0.0]


@pytest.mark.parametrize(
    "changed",
    [{"sha256": "cd34"}, {"model": "new.tflite"}, {"board": "pi4"}, {"runtime": "tflite-runtime"}],
)
def test_nothing_to_compare_is_no_pass(changed):
    with pytest.raises(DataError, match="nothing to compare"):
        compare([COUNT], [replace(COUNT, **changed)])


def test_the_table_has_a_row_a_count():
    header, _, row = table([COUNT]).splitlines()
    assert header.count("|") == row.count("|")
    assert "| litert 2.3.0 | cortex-a76 | 14.0 |" in row
    assert row.endswith("| 1.0 |")


def test_what_grows_between_the_stages_is_not_laid_at_a_stages_door():
    change = compare([COUNT], [with_stages(classify=15_900, preprocess=810)])[0]
    assert change.worst_stage == "classify, between its stages"
    change = compare([COUNT], [with_stages(classify=15_900, preprocess=1_800)])[0]
    assert change.worst_stage == "preprocess"


def test_counts_that_are_left_out_are_named_with_the_reason():
    other = replace(COUNT, sha256="cd34")
    new = replace(COUNT, model="new.tflite")
    assert not_compared([COUNT], [COUNT, other, new]) == [
        "net.tflite, litert on bookworm, pi5: not compared, the model is another file than before",
        "new.tflite, litert on bookworm, pi5: not compared, it was not counted before",
    ]


def test_another_opencv_is_said_beside_what_grew():
    newer = replace(COUNT, versions={**VERSIONS, "opencv": "4.14.0"})
    assert compare([COUNT], [newer])[0].others == "opencv 4.10.0 before, 4.14.0 now"
    assert compare([COUNT], [COUNT])[0].others == ""
