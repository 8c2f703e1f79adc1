"""Filling a table: rows that are there are not trained again, one that fails costs itself only."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.training import child, options, seeds
from benchmarks.training.command import fill
from benchmarks.training.job import Job
from benchmarks.training.results import Results
from benchmarks.training.subset import subset
from benchmarks.training.variants import BASES
from edge.errors import EdgeError
from train.options import build_parser, recipe_of
from train.presets import PRESETS, recipe_for

FIGURES = {"float": {"top1": 0.5}}
HERE = {"cpu": "One", "cores": 2, "memory_mb": 24105, "os": "Debian"}
THERE = {**HERE, "cpu": "Other"}


def test_rows_that_are_there_are_not_measured_again_and_a_failure_costs_one(tmp_path, capsys):
    asked = []

    def measure(job: Job, work: Path) -> dict[str, object]:
        asked.append(job.seed)
        if job.seed == 1:
            raise EdgeError("seed 1: broke; try again")
        return FIGURES

    jobs = [Job("a", seed, "d.npz") for seed in range(3)]
    path = tmp_path / "t.json"
    for failed in (1, 1):
        assert fill(Results(path, "k"), jobs, tmp_path, keep=False, measure=measure) == failed
    assert asked == [0, 1, 2, 1]
    assert "error: seed 1: broke" in capsys.readouterr().err
    assert [row["seed"] for row in Results(path, "k").rows] == [0, 2]


def test_a_row_of_other_options_is_measured_anew_and_replaced(tmp_path):
    results = Results(tmp_path / "t.json", "k")
    results.put(Job("a", 0, "d.npz"), FIGURES, HERE)
    other = Job("a", 0, "d.npz", ("--epochs", "3"))
    assert not results.has(other)
    results.put(other, FIGURES, HERE)
    assert [row["options"] for row in results.rows] == [["--epochs", "3"]]


def test_a_table_gone_on_with_elsewhere_says_which_seeds_were_measured_where(tmp_path):
    results = Results(tmp_path / "t.json", "seeds")
    for seed, machine in enumerate((HERE, {**HERE, "memory_mb": 24104}, THERE)):
        results.put(Job("a", seed, "d.npz"), FIGURES, machine)
    again = Results(tmp_path / "t.json", "seeds")
    assert again.machines() == {"One, 2 cores, Debian": [0, 1], "Other, 2 cores, Debian": [2]}


def test_a_result_names_files_and_no_folders_of_this_machine():
    job = Job("a", 0, "/home/me/photos/d.npz", ("--weights", "/home/me/w.h5"))
    assert "/home" not in str(job.identity())


def test_another_kind_of_file_is_refused(tmp_path):
    Results(tmp_path / "t.json", "k").write()
    with pytest.raises(EdgeError, match=r"t\.json: has no options; name another file"):
        Results(tmp_path / "t.json", "options")


def test_every_variant_is_a_recipe_that_can_train():
    for base in BASES.values():
        for variant in base.variants():
            args = build_parser().parse_args([*base.options, *variant.options])
            named = PRESETS[args.preset] if args.architecture is None else None
            recipe_of(args, named or recipe_for(args.architecture))


def test_a_subset_is_the_same_every_time(digits, tmp_path):
    first = subset(digits, 200, tmp_path / "a")
    assert first.read_bytes() == subset(digits, 200, tmp_path / "b").read_bytes()
    with pytest.raises(EdgeError, match="1,400 training pictures"):
        subset(digits, 5000, tmp_path)


@pytest.fixture(scope="module")
def measured(digits, quick, tmp_path_factory) -> tuple[Path, list[str]]:
    """A work folder with one seed of the digits, and the command that made it."""
    folder = tmp_path_factory.mktemp("seeds")
    command = [
        *("--data", str(digits), "--name", "digits", "--seeds", "0", "--keep"),
        *("--work", str(folder), "--json", str(folder / "t.json")),
        *("--convert", "--quick --samples 100 --max-drop 100"),
        *("--", *quick, "--epochs", "1"),
    ]
    assert seeds.main(command) == 0
    return folder, command


def test_a_seed_is_trained_converted_and_told(measured, capsys):
    folder, command = measured
    (row,) = Results(folder / "t.json", "seeds").rows
    assert row["int8"]["n"] == row["float"]["n"] == 397
    assert row["epochs"] == 1 and row["cpu_seconds"] > 0 and row["epoch_cpu_seconds"] > 0
    (model,) = folder.glob("*/model_int8.tflite")
    assert row["bytes"]["graph"] < row["bytes"]["file"] == model.stat().st_size
    shutil.move(model.parent, folder / "away")  # what is in the table needs no training
    assert seeds.main(command) == 0
    assert not model.parent.exists()
    shutil.move(folder / "away", model.parent)
    assert f"| 0 | {row['int8']['top1']:.2%} (" in capsys.readouterr().out


def test_another_table_takes_a_training_that_lies_there_also_when_it_was_cleared(measured):
    folder, command = measured
    training = tuple(command[command.index("--") + 1 :])
    conversion = ("--quick", "--samples", "100", "--max-drop", "100")
    job = Job("another table's", 0, command[1], training, conversion)
    (model,) = folder.glob("*/model_int8.tflite")
    assert job.folder(folder) == model.parent
    (run,) = (model.parent / "runs").iterdir()
    child.clear(job, folder)
    assert [path.name for path in run.iterdir()] == ["run.json"]
    assert child.train(job, folder) == run
    assert child.convert(job, run, folder) == model


def test_a_training_that_fails_says_why(digits, tmp_path):
    with pytest.raises(EdgeError, match=r"train\.log: --dropout: whitened has none"):
        child.train(Job("a", 0, str(digits), ("--dropout", "0.5")), tmp_path)


def test_wrong_rows_are_one_line(digits, tmp_path, capsys):
    assert options.main(["--data", str(digits), "--only", "x", "--work", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: --only: no row x; there are plain, ")


def test_a_teacher_is_trained_first_and_kept_until_no_one_needs_it(tmp_path, monkeypatch):
    asked = []

    def run(module, arguments, log, allowed=(0,)):
        """Leaves what a training leaves."""
        folder = Path(arguments[arguments.index("--runs") + 1]) / "20260101-000000-d"
        folder.mkdir(parents=True)
        (folder / "run.json").write_text('{"finished": true}')
        (folder / "model.keras").write_text("weights")
        asked.append(arguments)
        return 0

    def measure(job: Job, work: Path) -> dict[str, object]:
        child.train(job, work)
        return FIGURES

    monkeypatch.setattr(child, "_run", run)
    teacher = Job("large", 0, "d.npz")
    students = [Job(name, 0, "d.npz", ("--size", name), teacher=teacher) for name in "12"]
    results = Results(tmp_path / "t.json", "k")
    work = tmp_path / "work"
    assert fill(results, students, work, keep=False, measure=measure) == 0
    (run_of_teacher,) = (teacher.folder(work) / "runs").iterdir()
    taught = ["--teacher", str(run_of_teacher)]
    assert [arguments[-2:] == taught for arguments in asked] == [False, True, True]
    assert [row["teacher"] for row in results.rows] == [[], []]
    assert not list(work.glob("*/runs/*/model.keras"))
    # Cleared since: it has to learn again before it can teach.
    third = Job("3", 0, "d.npz", teacher=teacher, options=("--size", "3"))
    assert fill(results, [third], work, keep=True, measure=measure) == 0
    assert [arguments[-2:] == taught for arguments in asked[3:]] == [False, True]


def test_a_taught_training_is_another_one():
    alone = Job("a", 0, "d.npz")
    taught = Job("a", 0, "d.npz", teacher=Job("b", 0, "d.npz", ("--preset", "default")))
    assert taught.identity()["teacher"] == ["--preset", "default"]
    assert "teacher" not in alone.identity()
    assert taught.folder(Path()) != alone.folder(Path())


def test_a_taught_row_is_not_that_of_one_who_learned_alone(tmp_path):
    alone = Job("a", 0, "d.npz")
    taught = Job("a", 0, "d.npz", teacher=Job("b", 0, "d.npz"))
    for one, other in ((alone, taught), (taught, alone)):
        results = Results(tmp_path / "t.json", "k")
        results.put(one, FIGURES, HERE)
        assert results.has(one) and not results.has(other)


@pytest.mark.parametrize(
    ("training", "of_data"),
    [
        ((), ()),
        (("--epochs", "2", "--size"), ("--size",)),  # python -m train will tell
        (
            ("--size", "24", "--epochs", "2", "--test-share=0.3", "--whole-groups"),
            ("--size", "24", "--test-share=0.3", "--whole-groups"),
        ),
    ],
)
def test_a_teacher_learns_from_the_students_pictures(training, of_data):
    words = ["--preset", "smallest", "--taught-by", "default", "--data", "photos", "--seeds", "3"]
    args = seeds.build_parser().parse_args(words)
    args.training = training
    (job,) = seeds.jobs("a", args)
    assert job.teacher.options == ("--preset", "default", *of_data)
    assert job.teacher.seed == 3


def test_a_run_whose_teacher_learned_again_starts_anew(tmp_path, monkeypatch):
    asked = []

    def run(module, arguments, log, allowed=(0,)):
        asked.append(arguments[0])
        return 0

    teacher = Job("large", 0, "d.npz")
    student = Job("small", 0, "d.npz", ("--size", "1"), teacher=teacher)
    begun = student.folder(tmp_path) / "runs" / "begun"
    learned = teacher.folder(tmp_path) / "runs" / "learned"
    for path in (begun, learned):
        path.mkdir(parents=True)
    (begun / "checkpoint.npz").write_text("weights")
    (learned / "model.keras").write_text("weights")
    (learned / "run.json").write_text('{"finished": true}')
    monkeypatch.setattr(child, "_run", run)
    for taught_by, first in ((learned, "--resume"), (tmp_path / "other", "--data")):
        options = {"teacher": {"run": str(taught_by)}}
        begun.mkdir(exist_ok=True)
        (begun / "checkpoint.npz").write_text("weights")
        (begun / "run.json").write_text(json.dumps({"finished": False, "options": options}))
        with suppress(ValueError):  # no run is left to be found
            child.train(student, tmp_path)
        assert asked[-1] == first
