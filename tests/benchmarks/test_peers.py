"""benchmarks/peers.py: ratios and bars by hand, peers that cannot be had, a real small comparison.

No test needs a network: environments are those that run the tests, or cannot be built at all.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import virtual_environment
from benchmarks.comparison.environments import PeerMissingError, made_from, python_of
from benchmarks.comparison.figures import BARS, Spread, agreement, ratio, summary, verdicts
from benchmarks.comparison.frames import spread, take_frames
from benchmarks.comparison.measure import Measured, measure, modes
from benchmarks.comparison.onnx_file import onnx_file
from benchmarks.comparison.peers import PEERS, Environment
from benchmarks.comparison.table import table
from benchmarks.held import held_by
from benchmarks.operators import build_parser as operators_parser
from benchmarks.peers import build_parser, main
from edge.errors import SourceError, UsageError
from edge.runtime import installed
from tests.edge.material import write_video

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peers are compared on Linux"
)
REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = REPOSITORY / "models" / "cifar10_int8.tflite"


def one(p50=2.0, first=0.5, memory=80.0, **others):
    """A measurement with these figures."""
    figures = {
        "first_label_s": first, "frames": 10, "frame_ms": {"p50": p50, "p99": 2 * p50},
        "invoke_ms": {"p50": p50 / 2, "p99": p50}, "memory_mb": memory, "peak_memory_mb": 100.0,
        "proportional_mb": None, "process_threads": 3, "threads": 1, "answers": None,
        "input_answers": None, "versions": {},
    }  # fmt: skip
    return Measured(**{**figures, **others})


def rounds(*pairs):
    """Rounds with ours and MediaPipe's measurement, the same in both modes."""
    return [
        {mode: {"ours": ours, "mediapipe": theirs} for mode in ("one_thread", "own")}
        for ours, theirs in pairs
    ]


def test_ratios_are_of_one_round():
    # The machine is half as fast in the second round: both are, so the ratio stays.
    measured = rounds((one(2), one(4)), (one(4), one(8)), (one(3), one(5)))
    assert ratio(measured, "own", "mediapipe", "frame_p50_ms") == Spread(0.5, 0.5, 0.6, 3)


def test_rounds_that_a_peer_missed_do_not_count():
    measured = rounds((one(2), one(4)), (one(2), one(8)))
    del measured[1]["own"]["mediapipe"]
    assert ratio(measured, "own", "mediapipe", "frame_p50_ms") == Spread(0.5, 0.5, 0.5, 1)
    assert ratio(measured, "own", "openvino", "frame_p50_ms") is None


def test_a_figure_that_a_peer_does_not_tell_has_no_ratio():
    measured = rounds((one(), one(invoke_ms=None)))
    assert ratio(measured, "own", "mediapipe", "invoke_p50_ms") is None
    found = summary(measured, "own", "mediapipe")
    assert found["invoke_p50_ms"] is None
    assert found["frame_p99_ms"] == {"median": 4, "low": 4, "high": 4, "n": 1}


@pytest.mark.parametrize(
    "ours, told",
    [
        pytest.param(one(0.54, 0.25, 50), "pass pass pass pass pass pass", id="all"),
        pytest.param(one(0.80, 0.25, 50), "pass missed pass pass pass pass", id="own threads"),
        pytest.param(one(0.86, 0.25, 50), "missed missed pass pass pass pass", id="both times"),
        pytest.param(one(0.50, 0.25, 51), "pass pass missed missed pass pass", id="memory"),
        pytest.param(one(0.50, 0.26, 50), "pass pass pass pass missed missed", id="first label"),
    ],
)
def test_bars_are_those_that_were_set(ours, told):
    found = verdicts(rounds((ours, one(1.0, 1.0, 100))))
    assert " ".join(bar["verdict"] for bar in found) == told


def test_bars_without_the_peer_are_not_measured():
    alone = [{mode: {"ours": one()} for mode in ("one_thread", "own")}]
    found = verdicts(alone)
    assert [bar["verdict"] for bar in found] == ["not measured"] * len(BARS)
    assert {bar["ratio"] for bar in found} == {None}


def test_agreement_is_a_share():
    assert agreement([1, 2, 3, 4], [1, 2, 0, 4]) == 0.75


def test_both_ratios_of_a_peer_are_in_the_table():
    result = json.loads((REPOSITORY / "benchmarks/results/peers_x86_64.json").read_text())
    lines = table(result).splitlines()
    assert lines[0].endswith("| ours / it, frame to label | ours / it, inference |")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    by_title = {row[0]: row for row in rows[2:8]}
    assert {len(row) for row in rows[:8]} == {10}
    for peer, told in result["peers"].items():
        ratio = told["modes"]["one_thread"]["ratios"]["invoke_p50_ms"]
        last = by_title[PEERS[peer].title][-1]
        if peer == "ours":
            assert last == ""
        elif ratio is None:
            assert last == "-"
        else:
            assert last == f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"


@pytest.mark.parametrize(
    "n, most, numbers", [(3, 5, [0, 1, 2]), (10, 5, [0, 2, 4, 6, 8]), (7, 2, [0, 3]), (0, 5, [])]
)
def test_frames_are_spread(n, most, numbers):
    assert spread(n, most) == numbers


def test_a_film_is_taken_over_its_whole_length(tmp_path):
    drawn = [np.full((48, 64, 3), 5 * number, np.uint8) for number in range(50)]
    path = write_video(tmp_path / "film.avi", drawn, 30)
    frames = take_frames(str(path), 5)
    assert [frame.shape for frame in frames] == [(480, 640, 3)] * 5
    assert [round(float(frame.mean()) / 50) for frame in frames] == [0, 1, 2, 3, 4]


def test_a_camera_is_no_source(tmp_path):
    with pytest.raises(UsageError, match="does not end; name a folder of pictures or a film"):
        take_frames("/dev/video0", 5)
    with pytest.raises(SourceError, match="no pictures in it"):
        take_frames(str(tmp_path), 5)


def test_an_environment_is_built_once_for_its_requirements(tmp_path, monkeypatch):
    requirements = tmp_path / "peer.txt"
    requirements.write_text("-c other.txt\nsomething==1\n")
    (tmp_path / "other.txt").write_text("numpy<2\n")
    built = []

    def make(home):
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "python").write_text("")
        return home / "bin" / "python"

    monkeypatch.setattr("benchmarks.comparison.environments.make_environment", make)
    monkeypatch.setattr(
        "benchmarks.comparison.environments.pip", lambda *words: built.append(words[1:])
    )
    environment = Environment("peer", requirements)
    for _ in range(2):
        python = python_of(environment, tmp_path / "peers")
    assert python == tmp_path / "peers" / "peer" / "bin" / "python"
    assert built == [("install", "-r", str(requirements))]
    before = made_from(requirements)
    (tmp_path / "other.txt").write_text("numpy<3\n")
    assert made_from(requirements) != before
    python_of(environment, tmp_path / "peers")
    assert len(built) == 2


def test_an_environment_that_failed_is_tried_again(tmp_path, monkeypatch):
    tries = []

    def fail(command):
        tries.append(command)
        raise virtual_environment.InstallError("no way; check the network")

    monkeypatch.setattr(virtual_environment, "_run", fail)
    environment = PEERS["mediapipe"].environment
    for _ in range(2):
        with pytest.raises(
            PeerMissingError, match=r"mediapipe: cannot be installed \(no way; check the network"
        ):
            python_of(environment, tmp_path)
    assert len(tries) == 2


@pytest.mark.parametrize(
    "said, word",
    [
        ("WARNING: retrying\nERROR: No matching distribution\nERROR: later", "No matching"),
        ("something\nwent wrong\n\n", "went wrong"),
        ("", "ended without a word"),
    ],
)
def test_the_word_of_pip_that_tells(said, word):
    assert virtual_environment.last_word(said).startswith(word)


def test_pip_that_fails_is_one_line(tmp_path):
    false = tmp_path / "python"
    false.write_text("#!/bin/sh\necho 'ERROR: no such thing' >&2\nexit 1\n")
    false.chmod(0o755)
    with pytest.raises(virtual_environment.InstallError) as error:
        virtual_environment.pip(false, "install", "x")
    assert str(error.value) == "no such thing; check the network"


def test_a_file_that_cannot_be_converted_says_why(tmp_path):
    with pytest.raises(PeerMissingError, match=r"tf2onnx cannot convert it \(.*tf2onnx"):
        onnx_file(MODEL, tmp_path, Path(sys.executable))
    with pytest.raises(PeerMissingError, match=r"cannot convert it \(.*python cannot be started"):
        onnx_file(MODEL, tmp_path, tmp_path / "python")
    assert list((tmp_path / "onnx").iterdir()) == []


def test_a_process_that_ends_early_tells_its_last_word(tmp_path):
    with pytest.raises(PeerMissingError, match=r"ours: does not run .*job.json"):
        measure(
            "ours",
            Path(sys.executable),
            tmp_path / "job.json",
            modes()[1],
            1,
            answers=False,
            cache=tmp_path,
        )


@pytest.mark.skipif("litert" not in installed(), reason="needs LiteRT")
def test_a_small_comparison_with_a_peer_that_is_missing(tmp_path, monkeypatch, capsys):
    def fail(command):
        raise virtual_environment.InstallError("no network here")

    monkeypatch.setattr(virtual_environment, "_run", fail)
    path, plot = tmp_path / "peers.json", tmp_path / "peers.png"
    words = ["--peers", "ours,bare,mediapipe", "--frames", "20", "--rounds", "1"]
    words += ["--python", f"ours={sys.executable}", "--python", f"bare={sys.executable}"]
    words += ["--environments", str(tmp_path / "peers"), "--json", str(path)]
    has_plot = importlib.util.find_spec("matplotlib") is not None
    words += ["--plot", str(plot)] if has_plot else []
    assert main(words) == 0
    out = capsys.readouterr().out
    print(out)
    result = json.loads(path.read_text())
    assert result["peers"]["mediapipe"]["missing"] == (
        "mediapipe: cannot be installed (no network here)"
    )
    bare = result["peers"]["bare"]
    assert bare["missing"] is None
    # The same interpreter and the same resize: not one label may differ.
    assert (bare["agreement"], bare["input_agreement"]) == (1, 1)
    for mode in ("one_thread", "own"):
        assert result["rounds"][0][mode].keys() == {"ours", "bare"}
        ours = result["rounds"][0][mode]["ours"]
        assert ours["frames"] == 20
        assert 0 < ours["invoke_ms"]["p50"] <= ours["frame_ms"]["p50"] <= ours["frame_ms"]["p99"]
        assert 20 < ours["memory_mb"] <= ours["peak_memory_mb"] < 1000
        assert 0.05 < ours["first_label_s"] < 60
        assert bare["modes"][mode]["ratios"]["frame_p50_ms"]["n"] == 1
    assert [bar["verdict"] for bar in result["bars"]] == ["not measured"] * len(BARS)
    assert result["command"].startswith("python benchmarks/peers.py --peers ours,bare,mediapipe")
    assert "MediaPipe's ImageClassifier: not measured. mediapipe: cannot be installed" in out
    assert not has_plot or plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "words, told",
    [
        (["--frames", "0"], "--frames, --rounds: need numbers of 1 or more"),
        (["--rounds", "0"], "--frames, --rounds: need numbers of 1 or more"),
        (["--source", "/dev/video0"], "/dev/video0: does not end"),
    ],
)
def test_wrong_usage_is_one_line(words, told, capsys):
    assert main(["--peers", "ours", "--python", f"ours={sys.executable}", *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert told in error


@pytest.mark.parametrize(
    "words, told",
    [
        (["--peers", "ours,theirs"], "no peer 'theirs'; there are ours, ours-tflite, bare"),
        (["--peers", "bare"], "ours must be one of them"),
        (["--python", "ours=/nowhere"], "'ours=/nowhere' is not PEER=PYTHON"),
        (["--python", "theirs=/bin/sh"], "'theirs=/bin/sh' is not PEER=PYTHON"),
    ],
)
def test_wrong_words_are_wrong_usage(words, told, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(words)
    assert exit_.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "model, told",
    [
        ("nowhere.tflite", "nowhere.tflite: no such file"),
        (
            REPOSITORY / "tests" / "edge" / "models" / "colours_float.tflite",
            "its input is not the pixels 0 to 255",
        ),
    ],
)
def test_a_model_that_peers_cannot_share_is_one_line(model, told, capsys):
    assert main(["--model", str(model), "--peers", "ours"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert told in error


def test_whole_rounds_before_a_ctrl_c_are_kept(tmp_path, monkeypatch, capsys):
    measured = []

    def until_interrupted(*given, **options):
        if len(measured) == 2 * len(modes()) + 1:  # the first run, a round, half of one
            raise KeyboardInterrupt
        measured.append(one(answers=[1], input_answers=[1], versions={"ai-edge-litert": "2"}))
        return measured[-1]

    monkeypatch.setattr("benchmarks.comparison.rounds.measure", until_interrupted)
    path = tmp_path / "peers.json"
    words = ["--peers", "ours", "--python", f"ours={sys.executable}", "--frames", "1"]
    assert main([*words, "--json", str(path)]) == 130
    assert capsys.readouterr().err == "warning: cut short: 1 whole rounds are kept\ninterrupted\n"
    result = json.loads(path.read_text())
    assert result["cut_short"] == "interrupted"
    assert result["rounds_n"] == len(result["rounds"]) == 1


def test_ours_that_does_not_run_ends_the_comparison_at_once(tmp_path, capsys):
    false, started = tmp_path / "python", tmp_path / "started"
    false.write_text(f"#!/bin/sh\necho $4 >> {started}\necho 'cannot start' >&2\nexit 3\n")
    false.chmod(0o755)
    words = ["--peers", "bare,ours", "--python", f"ours={false}", "--python", f"bare={false}"]
    assert main([*words, "--frames", "1"]) == 1
    assert "error: ours: does not run (cannot start)" in capsys.readouterr().err
    assert started.read_text().count("\n") == 1


def test_ours_that_cannot_be_installed_ends_the_comparison_at_once(tmp_path, monkeypatch, capsys):
    tries = []

    def fail(command):
        tries.append(command)
        raise virtual_environment.InstallError("no way")

    monkeypatch.setattr(virtual_environment, "_run", fail)
    assert main(["--environments", str(tmp_path), "--frames", "1"]) == 1
    assert "error: device: cannot be installed (no way)" in capsys.readouterr().err
    assert len(tries) == 1


@pytest.mark.parametrize(
    "script, told",
    [
        ("echo 'warning: slow' >&2\nexec sleep 60", "ours: took more than 0.5 s"),
        ("echo 'cannot start' >&2\nexit 3", "ours: does not run (cannot start)"),
        ("exit 3", "ours: does not run (ended with 3)"),
        ("echo '{}'\necho '{}'\necho gone >&2", "ours: does not run (gone)"),
    ],
)
def test_a_process_that_fails_is_told_by_its_fault(script, told, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.comparison.measure._LIMIT_S", 0.5)
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    with pytest.raises(PeerMissingError) as error:
        measure("ours", python, tmp_path, modes()[1], 1, answers=False, cache=tmp_path)
    assert str(error.value) == told


def test_the_second_start_is_the_one_that_counts(tmp_path):
    python = tmp_path / "python"
    last = '{"frames": 1, "frame_ms": {}, "invoke_ms": null}'
    end = '{"threads": 1, "answers": null, "input_answers": null, "versions": {}}'
    python.write_text(
        f"#!/bin/sh\necho start >> '{tmp_path}/starts'\n"
        f"echo '{{}}'\ntest $(wc -l < '{tmp_path}/starts') = 2 || exit 1\n"
        f"echo '{last}'\nread line\necho '{end}'\n"
    )
    python.chmod(0o755)
    one = measure("ours", python, tmp_path, modes()[1], 1, answers=False, cache=tmp_path)
    assert one.first_label_s > 0
    assert (tmp_path / "starts").read_text() == "start\nstart\n"


def test_a_python_that_cannot_be_started_is_a_missing_peer(tmp_path):
    with pytest.raises(PeerMissingError, match=r"ours: .*python cannot be started \(No such file"):
        measure("ours", tmp_path / "python", tmp_path, modes()[1], 1, answers=False, cache=tmp_path)


def test_relative_paths_are_those_of_the_folder_that_the_command_runs_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("python").symlink_to(sys.executable)
    words = ["--environments", "peers", "--python", "ours=python"]
    args = build_parser().parse_args(words)
    assert args.environments == tmp_path / "peers"
    assert args.python == {"ours": tmp_path / "python"}  # the link itself: it may be a venv's
    assert operators_parser().parse_args(words[:2]).environments == tmp_path / "peers"


def test_a_process_that_has_ended_holds_nothing():
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        process.stdout.read()
        time.sleep(0.2)
        with pytest.raises(OSError, match=r"has ended"):
            held_by(process.pid)
