"""The log file: bounded, rotated between lines, and whole after faults."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from edge.errors import OutputError
from edge.outputs import JsonLines, LogFile
from edge.stop import Stop
from tests.edge.material import decision, wait_until

NEVER = threading.Event()


def log(path: Path, *, max_mb: float = 1.0, keep: int = 3) -> LogFile:
    return LogFile(path, max_mb=max_mb, keep=keep)


def write(file: LogFile, *texts: str) -> None:
    for text in texts:
        file.write(text.encode() + b"\n", NEVER)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def records(path: Path) -> list[dict[str, Any]]:
    text = path.read_text()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def wait_until_written(output: JsonLines) -> None:
    wait_until(lambda: not output._outlet.pending)


def test_full_files_move_on_and_the_oldest_goes(tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", max_mb=0.000_010, keep=2)
    write(file, "1234", "abcd", "5678", "efgh", "9", "0", "x", "y", "z", "end")
    file.close()
    assert contents(tmp_path) == {
        "log.jsonl": "end\n",
        "log.jsonl.1": "9\n0\nx\ny\nz\n",
        "log.jsonl.2": "5678\nefgh\n",
    }


def test_without_old_files_it_begins_anew(tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", max_mb=0.000_010, keep=0)
    write(file, "1234", "abcd", "5678")
    file.close()
    assert contents(tmp_path) == {"log.jsonl": "5678\n"}


def test_a_rotation_that_was_cut_short_pushes_no_old_file_out(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("full 5678\n")
    (tmp_path / "log.jsonl.2").write_text("older\n")
    (tmp_path / "log.jsonl.3").write_text("oldest\n")
    file = log(tmp_path / "log.jsonl", max_mb=0.000_010, keep=3)
    write(file, "new")
    file.close()
    assert contents(tmp_path) == {
        "log.jsonl": "new\n",
        "log.jsonl.1": "full 5678\n",
        "log.jsonl.2": "older\n",
        "log.jsonl.3": "oldest\n",
    }


def test_rotation_under_load_keeps_every_line_whole_and_the_disk_bounded(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "log.jsonl"
    output = JsonLines(log(path, max_mb=0.05, keep=4), Stop())
    for number in range(2000):
        output.show(decision(number=number, path="a.jpg"))
        if number % 200 == 0:
            wait_until_written(output)
            assert sum(file.stat().st_size for file in path.parent.iterdir()) <= 5 * 50_000
    output.close()
    assert output.lost == 0
    names = [f"log.jsonl{suffix}" for suffix in (".4", ".3", ".2", ".1", "")]
    assert sorted(os.listdir(path.parent)) == sorted(names)
    frames = [record["frame"] for name in names for record in records(path.with_name(name))]
    assert frames == list(range(frames[0], 2000))
    assert all(path.with_name(name).stat().st_size <= 50_000 for name in names)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("{}\n", "{}\nnew\n", id="appends"),
        pytest.param('{}\n{"a', '{}\n{"a\nnew\n', id="half a line from a power cut gets its end"),
        pytest.param("", "new\n", id="empty"),
    ],
)
def test_what_is_there_stays(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(before)
    file = log(path)
    write(file, "new")
    file.close()
    assert path.read_text() == after


def test_folders_are_made(tmp_path: Path) -> None:
    file = log(tmp_path / "a" / "b" / "log.jsonl")
    write(file, "new")
    file.close()
    assert (tmp_path / "a" / "b" / "log.jsonl").read_text() == "new\n"


def test_behind_a_link_the_old_files_stay_on_the_other_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    link = tmp_path / "log.jsonl"
    link.symlink_to(disk / "real.jsonl")
    file = log(link, max_mb=0.000_010)
    write(file, "12345678", "12345678")
    file.close()
    assert link.is_symlink()
    assert sorted(os.listdir(disk)) == ["real.jsonl", "real.jsonl.1"]


@pytest.mark.parametrize("how", ["moved", "removed", "removed with its folder"])
def test_a_file_that_somebody_took_away_is_begun_anew(how: str, tmp_path: Path) -> None:
    path = tmp_path / "logs" / "log.jsonl"
    file = log(path)
    write(file, "old")
    if how == "moved":
        path.rename(path.with_suffix(".old"))
    else:
        path.unlink()
        if how.endswith("folder"):
            path.parent.rmdir()
    time.sleep(1.1)
    write(file, "new")
    file.close()
    assert path.read_text() == "new\n"


def test_a_file_that_is_emptied_in_place_is_counted_from_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    file = log(path, max_mb=0.000_010)
    write(file, "12345678")
    os.truncate(path, 0)
    time.sleep(1.1)
    write(file, "abcdefgh")
    file.close()
    assert contents(tmp_path) == {"log.jsonl": "abcdefgh\n"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("folder", "Is a directory", id="a folder"),
        pytest.param("file/log.jsonl", "Not a directory|File exists", id="below a file"),
        pytest.param("/dev/null", "no regular file", id="a device"),
        pytest.param("/proc/log.jsonl", "No such file", id="where no file can be made"),
    ],
)
def test_a_place_that_cannot_be_written_is_one_error_at_the_start(
    name: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=rf"{name}: cannot be written \(.*({says}).*\); choose"):
        log(tmp_path / name)


FULL_DISK = """
import os, resource, sys, time
from pathlib import Path
from edge.outputs import ByteStream, JsonLines, LogFile
from edge.outputs import losses
from edge.stop import Stop
from tests.edge.material import decision

def show(numbers):
    for number in numbers:
        output.show(decision(number=number))
    while output._outlet.pending:
        time.sleep(0.01)

losses._CALM_S = 0.0
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
path = Path(sys.argv[1])
sink = LogFile(path, max_mb=1, keep=1) if sys.argv[2] == "log" else ByteStream(sys.stdout, "stdout")
output = JsonLines(sink, Stop())
show(range(100))
lost = output.lost
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
show(range(100, 200))
output.close()
assert output.lost == lost
print(lost, file=sys.stderr)
"""


@pytest.mark.parametrize("sink", ["log", "stdout"])
def test_a_disk_that_is_full_for_a_while_costs_whole_lines_only(sink: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with open(path, "w") as stdout:
        ended = subprocess.run(
            [sys.executable, "-c", FULL_DISK, str(path), sink],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
        )
    assert ended.returncode == 0, ended.stderr
    warning, again, lost = ended.stderr.splitlines()
    name = str(path) if sink == "log" else "stdout"
    assert warning.startswith(f"warning: {name}: cannot be written (File too large); ")
    assert again == f"{name}: works again; {lost} lines were lost"
    frames = [record["frame"] for record in records(path)]
    assert frames == [*range(100 - int(lost)), *range(100, 200)]
    assert 50 < int(lost) < 90


def test_a_full_log_in_a_folder_that_became_read_only_loses_lines_and_grows_no_further(
    tmp_path: Path, capfd
) -> None:
    (tmp_path / "log.jsonl.1").mkdir()  # root may write anywhere, but not rename onto a folder
    (tmp_path / "log.jsonl.1" / "file").touch()
    output = JsonLines(log(tmp_path / "log.jsonl", max_mb=0.002, keep=1), Stop())
    for number in range(20):
        output.show(decision(number=number, path="a.jpg"))
    output.close()
    kept = records(tmp_path / "log.jsonl")
    assert [record["frame"] for record in kept] == list(range(len(kept)))
    assert 0 < len(kept) == 20 - output.lost
    assert len(capfd.readouterr().err.splitlines()) == 1
