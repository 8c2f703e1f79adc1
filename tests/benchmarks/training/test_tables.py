"""The tables of benchmarks/training, from figures that were put down by hand."""

from __future__ import annotations

from typing import Any

from benchmarks.training import imbalance, options, page, seeds, textbook
from benchmarks.training.reaching import cost_to, reaching_table
from benchmarks.training.recipes import job_of
from benchmarks.training.results import Results


def results(tmp_path, kind: str, rows: list[dict[str, Any]], **about: Any) -> Results:
    made = Results(tmp_path / f"training-{kind}.json", kind)
    made.about, made.rows = about, rows
    return made


def trained(name: str, seed: int, top1: float, cpu_seconds: float = 60.0) -> dict[str, Any]:
    return {
        "row": name,
        "seed": seed,
        "data": "d.npz",
        "options": ["--preset", "default"],
        "float": {"top1": top1, "n": 100, "ci95": [0, 1], "macro_recall": top1 - 0.01,
                  "recall": {"glass": top1, "trash": 0.5}},
        "parameters": 1234,
        "seconds": 120.0,
        "cpu_seconds": cpu_seconds,
        "epoch_cpu_seconds": cpu_seconds / 10,
    }  # fmt: skip


def today(row: dict[str, Any]) -> dict[str, Any]:
    """The same of the recipe that the textbook table trains today."""
    return {**row, **job_of(row["row"], row["seed"], row["data"]).identity()}


def converted(name: str, seed: int, top1: float) -> dict[str, Any]:
    return {
        **trained(name, seed, top1 + 0.01),
        "int8": {"top1": top1, "n": 5000, "ci95": [0.89, 0.91], "macro_recall": top1 - 0.02},
        "passes": True,
        "runtime": "litert 2.1",
        "bytes": {"graph": 90_000 + seed, "file": 100_000 + seed},
    }


def test_an_option_is_told_against_its_base(tmp_path):
    rows = [trained("plain", seed, 0.6 + seed / 100) for seed in range(3)]
    rows += [
        trained("plain-batch-norm", seed, 0.65 + seed / 100, cpu_seconds=90) for seed in range(3)
    ]
    table = options.table(results(tmp_path, "options", rows))
    line = next(line for line in table.splitlines() if "batch-norm" in line)
    assert line == (
        "| `--batch-norm` | 66.00% (65.00% to 67.00%) | +5.00 (+5.00 to +5.00) | 3 | **helps** |"
        " x 1.50 | x 1.50 |"
    )


def seeded(name: str, seed: int, top1: float) -> dict[str, Any]:
    return {**converted(name, seed, top1), "conversion": ["--quick"]}


def test_a_conversion_that_is_not_the_usual_one_is_told(tmp_path):
    usual = seeded("small", 0, 0.9)
    rescued = {**seeded("saved", 0, 0.9), "conversion": ["--quick", "--rescue"]}
    titles = [
        line for line in seeds.table(results(tmp_path, "seeds", [usual, rescued])).splitlines()
        if line.startswith("**")
    ]  # fmt: skip
    assert "converted" not in titles[0]
    assert titles[1].endswith("litert 2.1; converted with `--quick --rescue`)")


def test_seeds_have_a_row_each_and_their_mean(tmp_path):
    rows = [seeded("small", 1, 0.92), seeded("small", 0, 0.9)]
    *_, zero, one, mean = seeds.table(results(tmp_path, "seeds", rows)).splitlines()
    assert zero == (
        "| 0 | 90.00% (89.00% to 91.00%, n = 5,000) | 91.00% | 88.00% | 90.00% | 90,000 | 100,000 |"
        " 2.0 | 1.0 |"
    )
    assert one.startswith("| 1 | 92.00% (")
    assert mean == (
        "| mean (range), 2 seeds | 91.00% (90.00% to 92.00%) | 92.00% (91.00% to 93.00%) |"
        " 89.00% (88.00% to 90.00%) | 91.00% (90.00% to 92.00%) | at most 90,001 |"
        " at most 100,001 | 2.0 | 1.0 |"
    )


def test_a_method_is_told_by_macro_recall_and_by_class(tmp_path):
    rows = [trained("head-none", seed, 0.8) for seed in (0, 1)]
    rows += [trained("head-weights", seed, 0.84 + seed / 50) for seed in (0, 1)]
    rows[0]["photos"] = {"glass": 400, "trash": 96}
    table = imbalance.table(results(tmp_path, "imbalance", rows)).splitlines()
    assert table[-4].endswith("| glass (400) | trash (96) |")
    assert table[-2] == "| none | 79.00% (79.00% to 79.00%) | | 2 | | 80.00% | 80.0% | 50.0% |"
    assert table[-1] == (
        "| weights | 84.00% (83.00% to 85.00%) | +5.00 (-7.71 to +17.71) | 2 |"
        " no difference seen | 85.00% | 85.0% | 50.0% |"
    )


def test_times_are_told_beside_the_textbooks_of_the_same_round(tmp_path):
    times = {"litert": {"textbook": [1.0, 2.0, 1.0], "smallest": [0.5, 1.5, 0.5],
                        "other.tflite": [2.0, 4.0, 2.0]}}  # fmt: skip
    rows = [today(converted(name, 0, 0.76)) for name in ("textbook", "smallest")]
    rows.append(converted("default", 0, 0.9))  # of other options than today's
    table = textbook.table(results(tmp_path, "textbook", rows, invoke=times)).splitlines()
    assert table[2].split(" | ")[2:] == [
        "77.00%", "1", "1,234", "90,000", "1.000 (x 1.00)", "2.0", "1.0 |",
    ]  # fmt: skip
    assert "0.500 (x 0.50)" in table[3]
    assert table[4] == "| other.tflite | | | | | | 2.000 (x 2.00) | | |"


def test_the_time_to_an_accuracy_is_that_of_whole_epochs():
    curve = [[1, 0.5, 10.0, 6.0], [2, 0.8, 20.0, 12.0], [3, 0.7, 30.0, 18.0]]
    assert cost_to(curve, 0.8) == (20.0, 12.0)
    assert cost_to(curve, 0.81) is None


def test_the_fastest_textbook_recipe_that_always_gets_there_is_the_measure(tmp_path):
    curves = {
        "textbook": [[[1, 0.9, 10.0, 5.0]], [[1, 0.7, 10.0, 5.0]]],  # one seed of two
        "textbook-augmented": [[[1, 0.7, 50.0, 25.0], [2, 0.8, 100.0, 50.0]]],
        "wide": [[[1, 0.8, 300.0, 150.0]]],
        "quick": [[[1, 0.8, 18.0, 9.0]], [[1, 0.8, 22.0, 11.0]]],
    }
    rows = [
        today({"row": name, "seed": seed, "data": "d.npz", "curve": curve})
        for name, of_seeds in curves.items()
        for seed, curve in enumerate(of_seeds)
    ]
    lines = reaching_table(results(tmp_path, "textbook", rows), 0.79).splitlines()[3:]
    assert lines == [
        "| textbook | 10 | 5 | 1 of 2 | |",
        "| textbook-augmented | 100 | 50 | 1 of 1 | 1.0 |",
        "| wide | 300 | 150 | 1 of 1 | 0.3 |",
        "| quick | 20 (18 to 22) | 10 | 2 of 2 | 5.0 |",
    ]


def test_the_page_is_filled_from_the_files_and_stays_the_same_the_second_time(tmp_path, capsys):
    place = tmp_path / "page.md"
    place.write_text(page.PAGE.read_text("utf-8"), "utf-8")
    results(tmp_path, "seeds", [seeded("small", 0, 0.9)], machine={"cpu": "A CPU"}).write()
    arguments = ["--page", str(place), "--results", str(tmp_path)]
    assert page.main(arguments) == 0
    once = place.read_text("utf-8")
    assert "| 0 | 90.00% (" in once
    assert "A CPU" in once
    assert page.main(arguments) == 0
    assert place.read_text("utf-8") == once
    place.write_text("# Nothing\n", "utf-8")
    capsys.readouterr()
    assert page.main(arguments) == 1
    assert "<!-- options: begin -->" in capsys.readouterr().err


def test_a_table_of_two_machines_names_both(tmp_path):
    first, other, third = ({"cpu": cpu, "cores": 2, "os": "Debian"} for cpu in ("A", "B", "C"))
    rows = [trained("plain", 0, 0.6), {**trained("plain", 1, 0.6), "machine": other}]
    one = results(tmp_path, "textbook", rows, machine=first, timed_on=third)
    marks = "<!-- textbook: begin -->\n<!-- textbook: end -->\n"
    text = page.filled(marks, "textbook", [one], "page.md")
    assert (
        "Measured on: A, 2 cores, Debian (seed 0); B, 2 cores, Debian (seed 1); "
        "`invoke()` on C, 2 cores, Debian. Figures: `training-textbook.json`."
    ) in text
    one.rows = rows[:1]
    one.about["timed_on"] = first
    text = page.filled(marks, "textbook", [one], "page.md")
    assert "Measured on: A, 2 cores, Debian. Figures" in text
