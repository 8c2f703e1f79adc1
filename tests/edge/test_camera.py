"""The camera command as people and programs use it: output, exit code, and how it ends."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.camera import main
from tests.edge.material import (
    AT_ONCE_S,
    BLUE,
    COLOURS,
    GREEN,
    PATIENCE,
    RED,
    closed_port,
    mjpeg_server,
    plain,
    wait_until,
    write_picture,
    write_video,
)

SUMMARY = re.compile(
    r"\d+ frames?, \d+\.\d s, (\d+\.\d frames/s, )?\d+ dropped(, \d+ records? lost)?"
    r"(, frame age p50 \d+\.\d ms, p99 \d+\.\d ms)?(; .*)?"
)
BASICS = ["--model", str(COLOURS), "--threads", "1"]


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A folder with a red, a green and a blue picture."""
    folder = tmp_path / "colours"
    folder.mkdir()
    for name, colour in (("1 red.png", RED), ("2 green.jpg", GREEN), ("3 blue.bmp", BLUE)):
        write_picture(folder / name, plain(colour))
    return folder


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def decisions(text: str) -> list[dict[str, Any]]:
    return [line for line in lines(text) if line["type"] == "decision"]


def labels(text: str) -> list[str]:
    return [line["top"][0]["label"] for line in decisions(text)]


def test_a_folder_is_one_json_line_a_picture_in_name_order(colours: Path, capfd) -> None:
    assert main([*BASICS, "--source", str(colours)]) == 0
    out, err = capfd.readouterr()
    assert labels(out) == ["class 0", "class 1", "class 2"]
    assert [Path(line["path"]).name for line in lines(out)] == [
        "1 red.png",
        "2 green.jpg",
        "3 blue.bmp",
    ]
    assert [line["frame"] for line in lines(out)] == [0, 1, 2]
    assert len({line["model"] for line in lines(out)}) == 1
    assert SUMMARY.fullmatch(err.strip()), err


def test_the_numbers_in_a_line_add_up(colours: Path, capfd) -> None:
    main([*BASICS, "--source", str(colours), "--top-k", "2"])
    for line in lines(capfd.readouterr().out):
        assert line["type"] == "decision"
        assert len(line["top"]) == 2
        assert 1 >= line["top"][0]["score"] >= line["top"][1]["score"] >= 0
        assert line["frame_age_ms"] >= sum(line["stages_ms"].values())


def test_an_unreadable_picture_is_one_warning_and_the_rest_goes_on(colours: Path, capfd) -> None:
    (colours / "2 broken.jpg").write_bytes(b"\xff\xd8\xff no")
    assert main([*BASICS, "--source", str(colours)]) == 0
    out, err = capfd.readouterr()
    assert labels(out) == ["class 0", "class 1", "class 2"]
    warning, summary = err.splitlines()
    assert warning.startswith(f"warning: {colours / '2 broken.jpg'}: ")
    assert summary.startswith("3 frames, ")


def test_a_video_keeps_its_colours_and_its_time(tmp_path: Path, capfd) -> None:
    clip = write_video(tmp_path / "clip.avi", [plain(BLUE)] * 15, fps=30)
    assert main([*BASICS, "--source", str(clip)]) == 0
    out, err = capfd.readouterr()
    frames = [line["frame"] for line in decisions(out)]
    assert set(labels(out)) == {"class 2"}
    assert frames == sorted(set(frames))
    assert not any("path" in line for line in decisions(out))
    dropped = int(re.search(r"(\d+) dropped", err)[1])
    assert len(frames) + dropped == 15


def test_a_stream_is_classified_until_the_given_number_of_frames(capfd) -> None:
    with mjpeg_server(GREEN) as url:
        assert main([*BASICS, "--source", f"{url}/live", "--frames", "4"]) == 0
    out, err = capfd.readouterr()
    assert labels(out) == ["class 1"] * 4
    assert err.splitlines()[-1].startswith("4 frames, ")


def test_duration_ends_a_stream_that_has_fallen_silent(capfd) -> None:
    with mjpeg_server() as url:
        started_s = time.monotonic()
        assert main([*BASICS, "--source", f"{url}/stalls", "--duration", "1.5"]) == 0
        assert 1.5 <= time.monotonic() - started_s < 1.5 + AT_ONCE_S
    assert 0 < len(labels(capfd.readouterr().out)) <= 5


def test_without_reconnecting_a_stream_that_breaks_off_is_an_error_after_the_summary(capfd) -> None:
    with mjpeg_server() as url:
        assert main([*BASICS, "--source", f"{url}/ends", "--no-reconnect"]) == 1
    *_, summary, error = capfd.readouterr().err.splitlines()
    assert SUMMARY.fullmatch(summary)
    assert error.startswith("error: http://") and "the stream ended after" in error


def test_a_stream_that_is_not_there_yet_is_waited_for_when_that_is_asked(capfd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    assert main([*BASICS, "--source", url, "--wait", "--duration", "1"]) == 0
    out, err = capfd.readouterr()
    assert [(line["state"], line["fault"]) for line in lines(out)] == [("fault", "lost")]
    assert "warning: http://" in err and "error: " not in err


def test_a_file_that_is_not_there_is_not_waited_for(capfd) -> None:
    assert main([*BASICS, "--source", "absent.mp4", "--wait"]) == 1
    assert "no such file" in capfd.readouterr().err


def test_a_driver_with_a_bug_is_opened_again_and_its_tracebacks_come_once(capfd) -> None:
    plan = "fault:good=1,exception=0.7,good=1,exception=0.7,good=1"
    assert main([*BASICS, "--source", plan]) == 0
    out, err = capfd.readouterr()
    changes = [(r["state"], r["fault"]) for r in lines(out) if r["type"] == "source"]
    assert changes == [("fault", "lost"), ("recovered", "lost")] * 2
    assert err.count("failed with cv2.error: ") == 2
    assert err.count("Traceback (most recent call last)") == 2, "of reading, and of opening"


def test_what_stands_when_the_source_fails_for_good_has_left(capfd) -> None:
    with mjpeg_server() as url:
        assert main([*BASICS, "--source", f"{url}/ends", "--no-reconnect", "--events"]) == 1
    events = lines(capfd.readouterr().out)
    assert [event["event"] for event in events] == ["enter", "leave"]


def test_a_stream_that_breaks_off_is_opened_again(capfd) -> None:
    with mjpeg_server() as url:
        assert main([*BASICS, "--source", f"{url}/ends", "--frames", "12"]) == 0
    out, err = capfd.readouterr()
    kinds = [line["type"] for line in lines(out)]
    assert kinds.count("decision") == 12
    changes = [line for line in lines(out) if line["type"] == "source"]
    assert [change["state"] for change in changes[:2]] == ["fault", "recovered"]
    assert changes[0]["fault"] == "lost"
    assert "the stream ended after" in changes[0]["message"]
    assert changes[1]["down_s"] < 2
    assert re.search(r"warning: http://.* ended after", err)
    assert re.search(r"\d reconnects?", err.splitlines()[-1])


def test_rehearsed_faults_are_said_and_survived(capfd) -> None:
    plan = "fault:good=1,error=0.5,good=1,stall=1,good=0.5"
    assert main([*BASICS, "--source", plan, "--stall", "0.3", "--health-every", "0.5"]) == 0
    records = lines(capfd.readouterr().out)
    changes = [(r["state"], r["fault"]) for r in records if r["type"] == "source"]
    assert changes == [
        ("fault", "lost"),
        ("recovered", "lost"),
        ("fault", "stalled"),
        ("recovered", "stalled"),
    ]
    health = [record for record in records if record["type"] == "health"]
    assert len(health) >= 5
    assert health[-1]["reconnects"] >= 1
    until_then = records[: records.index(health[-1])]
    assert health[-1]["frames"] == sum(record["type"] == "decision" for record in until_then) > 0
    with_frames = [record for record in health if record["fps"] > 0]
    assert with_frames
    assert all(record["fps"] < 40 for record in with_frames)
    assert all(r["frame_age_p50_ms"] <= r["frame_age_p99_ms"] for r in with_frames)
    assert {record["state"] for record in health} == {"running", "fault"}


def test_events_alone_for_labels_that_come_and_go(tmp_path: Path, capfd) -> None:
    frames = [plain(RED)] * 15 + [plain(BLUE)] * 15
    clip = write_video(tmp_path / "clip.avi", frames, fps=30)
    arguments = ["--source", str(clip), "--events", "--smooth", "0.1"]
    assert main([*BASICS, *arguments]) == 0
    events = lines(capfd.readouterr().out)
    assert [(event["event"], event["label"]) for event in events] == [
        ("enter", "class 0"),
        ("leave", "class 0"),
        ("enter", "class 2"),
        ("leave", "class 2"),
    ]
    assert 0.1 < events[1]["duration_s"] < 3
    assert events[1]["peak_score"] > 0.9


def test_one_decision_of_every_n(tmp_path: Path, capfd) -> None:
    clip = write_video(tmp_path / "clip.avi", [plain(BLUE)] * 9, fps=30)
    assert main([*BASICS, "--source", str(clip), "--max-rate", "--every", "4"]) == 0
    records = lines(capfd.readouterr().out)
    assert [line["frame"] for line in records if line["type"] == "decision"] == [0, 4, 8]


def test_a_video_at_the_highest_rate_shows_each_frame_once(tmp_path: Path, capfd) -> None:
    clip = write_video(tmp_path / "clip.avi", [plain(BLUE)] * 60, fps=1)
    started_s = time.monotonic()
    assert main([*BASICS, "--source", str(clip), "--max-rate"]) == 0
    assert time.monotonic() - started_s < 30, "a minute at its own rate"
    records = [line for line in lines(capfd.readouterr().out) if line["type"] == "decision"]
    assert [line["frame"] for line in records] == list(range(60))


def test_what_is_less_likely_than_the_limit_is_unknown(colours: Path, capfd) -> None:
    assert main([*BASICS, "--source", str(colours), "--unknown-below", "1"]) == 0
    assert {line["label"] for line in lines(capfd.readouterr().out)} == {None}


def test_only_allowed_labels_are_decided(colours: Path, capfd) -> None:
    arguments = ["--source", str(colours), "--deny", "class 0", "--unknown-below", "0.5"]
    assert main([*BASICS, *arguments]) == 0
    decided = [line["label"] for line in lines(capfd.readouterr().out)]
    assert decided == [None, "class 1", "class 2"]


def test_the_log_has_what_stdout_has(colours: Path, tmp_path: Path, capfd) -> None:
    log = tmp_path / "new" / "labels.jsonl"
    assert main([*BASICS, "--source", str(colours), "--log", str(log)]) == 0
    assert log.read_text() == capfd.readouterr().out


def test_systemd_hears_of_progress(colours: Path, tmp_path: Path, monkeypatch, capfd) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert main([*BASICS, "--source", str(colours)]) == 0
        heard = [systemd.recv(1000).decode() for _ in range(3)]
    assert heard == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_only_the_region_of_interest_counts(tmp_path: Path, capfd) -> None:
    frame = np.hstack([plain(RED), plain(BLUE)])
    picture = str(write_picture(tmp_path / "half.png", frame))
    for roi in ("0,0,0.5,1", "0.5,0,0.5,1", "64,0,64,48"):
        main([*BASICS, "--source", picture, "--roi", roi])
    assert labels(capfd.readouterr().out) == ["class 0", "class 2", "class 2"]


def test_labels_come_from_a_file(colours: Path, tmp_path: Path, capfd) -> None:
    names = tmp_path / "labels.txt"
    names.write_text("0 rot\n1 grün\n2 blau\n", encoding="utf-8")
    assert main([*BASICS, "--source", str(colours), "--labels", str(names)]) == 0
    assert labels(capfd.readouterr().out) == ["rot", "grün", "blau"]


def test_a_contact_sheet_is_written_at_the_end(colours: Path, tmp_path: Path, capfd) -> None:
    sheet = tmp_path / "new folder" / "sheet.png"
    assert main([*BASICS, "--source", str(colours), "--sheet", str(sheet)]) == 0
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in sheet.parent.iterdir()] == ["sheet.png"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--frames", "0"],
        ["--frames", "few"],
        ["--duration", "nan"],
        ["--duration", "-1"],
        ["--top-k", "0"],
        ["--threads", "many"],
        ["--roi", "1,2,3"],
        ["--roi", "0,0,2,nan"],
        ["--runtime", "onnx"],
        ["--no-such-flag"],
        ["--smooth", "much"],
        ["--unknown-below", "1.1"],
        ["--allow", ","],
        ["--every", "2", "--events"],
        ["--wait", "--no-reconnect"],
        ["--log-keep", "-1"],
        ["--frozen", "-1"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(arguments: list[str], capfd) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*BASICS, *arguments])
    assert caught.value.code == 2
    assert capfd.readouterr().err.count("error:") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--sheet", "sheet.gif"], id="unknown picture format"),
        pytest.param(["--roi", "0,0,6400,4800"], id="region beyond the frame"),
        pytest.param(["--allow", "dog"], id="a label that the model has not"),
        pytest.param(["--deny", "class 0,class 1,class 2"], id="no label left"),
    ],
)
def test_wrong_usage_found_later_is_one_line_and_2(
    arguments: list[str], colours: Path, capfd
) -> None:
    assert main([*BASICS, "--source", str(colours), *arguments]) == 2
    assert_one_error(capfd)


def assert_one_error(capfd) -> str:
    out, err = capfd.readouterr()
    assert out == ""
    assert re.fullmatch(r"error: [^\n]+: [^\n]+; [^\n]+\n", err), err
    return str(err)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--model", "absent.tflite"], "absent.tflite", id="missing model"),
        pytest.param(["--model", "text.tflite"], "text.tflite", id="foreign model"),
        pytest.param(["--labels", "absent.txt"], "absent.txt", id="missing labels"),
        pytest.param(["--source", "absent.mp4"], "absent.mp4", id="missing video"),
        pytest.param(["--source", "text.tflite"], "text.tflite", id="text for a video"),
        pytest.param(["--source", "empty"], "empty: holds no pictures", id="empty folder"),
        pytest.param(["--source", "97"], "camera 97", id="no such camera"),
        pytest.param(["--source", "http://127.0.0.1:{port}/"], "refused", id="closed port"),
        pytest.param(["--show"], "DISPLAY is not set", id="no screen"),
    ],
)
def test_a_fault_is_one_line_that_names_it_and_1(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch, capfd
) -> None:
    (tmp_path / "text.tflite").write_text("no model " * 100)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    filled = [argument.format(port=closed_port()) for argument in arguments]
    assert main([*BASICS, "--source", "empty", *filled]) == 1
    assert says in assert_one_error(capfd)


def test_bare_it_names_the_command_that_makes_a_model(tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 1
    error = assert_one_error(capfd)
    assert "model_int8.tflite" in error
    assert "python -m convert.quantize" in error


@contextmanager
def started(
    arguments: Sequence[str], stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, killed if the block leaves it running."""
    command = [sys.executable, "-m", "edge.camera", *BASICS, *arguments]
    process = subprocess.Popen(command, stdout=stdout, stderr=stderr, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def seconds_to_end(process: subprocess.Popen[str], number: signal.Signals) -> float:
    sent_s = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=10 * PATIENCE)
    return time.monotonic() - sent_s


def assert_only_a_summary(process: subprocess.Popen[str]) -> None:
    """What the source gives may be said before it, nothing else."""
    assert process.stderr is not None
    *described, summary = process.stderr.read().splitlines()
    assert SUMMARY.fullmatch(summary), summary
    assert len(described) <= 1
    assert all(" frames/s" in line or line.endswith("64x48 MJPEG") for line in described), described


@pytest.mark.usefixtures("heeds_hangup")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("page", ["live", "stalls"])
def test_a_signal_ends_a_stream_at_once(page: str, number: signal.Signals) -> None:
    with mjpeg_server() as url, started(["--source", f"{url}/{page}"]) as process:
        assert process.stdout is not None
        for _ in range(3):
            assert json.loads(process.stdout.readline())["type"] in ("decision", "event")
        assert seconds_to_end(process, number) < AT_ONCE_S
        assert process.returncode == 0
        kinds = {line["type"] for line in lines(process.stdout.read())}
        assert kinds <= {"decision", "event"}
        assert_only_a_summary(process)


def test_a_signal_ends_a_source_that_is_still_opening() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with started(["--source", f"http://127.0.0.1:{port}/"]) as process:
            silent.settimeout(20 * PATIENCE)
            silent.accept()[0].close()  # its look whether anybody is there
            with silent.accept()[0]:
                assert seconds_to_end(process, signal.SIGTERM) < AT_ONCE_S
                assert process.returncode == 0
                assert_only_a_summary(process)


def test_a_board_that_hangs_delays_neither_the_run_nor_its_end(tmp_path: Path, monkeypatch) -> None:
    vcgencmd = tmp_path / "vcgencmd"
    vcgencmd.write_text("#!/bin/sh\nexec sleep 5\n")
    vcgencmd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    arguments = ["--source", "fault:good=60", "--health-every", "0.3"]
    with started(arguments) as process:
        assert process.stdout is not None
        health: list[dict[str, Any]] = []
        while len(health) < 5:
            record = json.loads(process.stdout.readline())
            health += [record] if record["type"] == "health" else []
        # Held up, the frames at a report were as old as vcgencmd's time-out of a second.
        assert min(record["frame_age_p99_ms"] for record in health[1:]) < 900 * PATIENCE
        assert seconds_to_end(process, signal.SIGTERM) < AT_ONCE_S
        assert process.returncode == 0


def run_without_stdout(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, started by something that has closed stdout."""
    command = [sys.executable, "-m", "edge.camera", *BASICS, *arguments]
    return subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_a_closed_stdout_is_a_warning_beside_another_output(colours: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    done = run_without_stdout("--source", str(colours), "--log", str(log))
    warning, summary = done.stderr.splitlines()
    assert warning.startswith("warning: stdout: is closed; ")
    assert SUMMARY.fullmatch(summary)
    assert done.returncode == 0
    decided = [record["label"] for record in lines(log.read_text())]
    assert decided == ["class 0", "class 1", "class 2"]


def test_no_file_takes_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "import sys; from edge.outputs import descriptor; descriptor.fill_standard_descriptors(); "
        "sys.exit(open(sys.argv[1], 'w').fileno())"
    )
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code]
    assert subprocess.run([*command, str(tmp_path / "log")], check=False).returncode == 3


def test_a_closed_stdout_is_an_error_where_nothing_else_is_told(colours: Path) -> None:
    done = run_without_stdout("--source", str(colours))
    assert done.stderr.startswith("error: stdout: is closed; ")
    assert done.stderr.count("\n") == 1
    assert done.returncode == 1


def wait_for_log(log: Path, size: int) -> None:
    """Return when the app, which logs what it prints, has come to ``size`` bytes."""
    wait_until(lambda: log.exists() and log.stat().st_size >= size)


def test_a_signal_ends_a_run_whose_reader_sleeps(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with (
        mjpeg_server(fps=500) as url,
        started(["--log", str(log), "--source", f"{url}/live"]) as process,
    ):
        wait_for_log(log, 100_000)  # by then the 64 KiB of the pipe are full, and nobody reads
        assert seconds_to_end(process, signal.SIGINT) < AT_ONCE_S
        assert process.returncode == 0
        assert process.stderr is not None
        assert SUMMARY.fullmatch(process.stderr.read().splitlines()[-1])


def test_a_reader_that_has_gone_does_not_end_the_run() -> None:
    with (
        mjpeg_server() as url,
        started(["--source", f"{url}/live", "--duration", "2"]) as process,
    ):
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=10) == 0
        *_, warning, summary = process.stderr.read().splitlines()
        assert warning.startswith("warning: stdout: its reader has gone; ")
        assert SUMMARY.fullmatch(summary)


def test_a_full_disk_behind_stdout_is_one_warning(colours: Path) -> None:
    with (
        open("/dev/full", "w") as full,
        started(["--source", str(colours)], full.fileno()) as process,
    ):
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        *_, warning, summary = process.stderr.read().splitlines()
        full_disk = "warning: stdout: cannot be written (No space left on device); "
        assert warning.startswith(full_disk)
        assert summary.startswith("3 frames, ")


def test_a_signal_ends_a_run_of_which_nobody_reads_anything(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    reading, writing = os.pipe()
    os.write(writing, b"x" * 65536)  # what a pipe holds
    with mjpeg_server(fps=500) as url:
        arguments = ["--log", str(log), "--source", f"{url}/live"]
        with started(arguments, writing, writing) as process:
            wait_for_log(log, 10_000)
            assert seconds_to_end(process, signal.SIGTERM) < AT_ONCE_S
            assert process.returncode == 0
    os.close(reading)
    os.close(writing)


def test_on_a_terminal_one_line_is_refreshed_and_fits(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.avi", [plain(RED)] * 20, fps=20)
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    with started(["--source", str(clip)], inside) as process:
        os.close(inside)
        text = read_terminal(terminal)
        assert process.wait(timeout=10) == 0
    redraws = text.split("\r\x1b[K")[1:]
    assert len(redraws) > 3
    assert all(line.startswith("class 0  ") for line in redraws)
    assert all(len(line.rstrip("\r\n")) <= 29 for line in redraws), "it would wrap"
    assert text.count("\n") == 1
    assert "frames/s" in redraws[-1]


def read_terminal(terminal: int) -> str:
    """All that is written to the other end, until it is closed."""
    pieces = []
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        try:
            while piece := stream.read(4096):
                pieces.append(piece)
        except OSError:  # Linux' way to say that the terminal's other end is closed
            pass
    return b"".join(pieces).decode()


def test_json_on_a_terminal_when_asked_for(colours: Path) -> None:
    terminal, inside = pty.openpty()
    with started(["--source", str(colours), "--json"], inside) as process:
        os.close(inside)
        text = read_terminal(terminal)
        assert process.wait(timeout=10) == 0
    assert labels(text) == ["class 0", "class 1", "class 2"]


def test_the_device_side_imports_nothing_of_training() -> None:
    blocked = "dict.fromkeys(('tensorflow', 'keras', 'train', 'convert'))"
    code = f"import sys; sys.modules.update({blocked}); import edge.camera"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_names_every_option(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for option in ("--model", "--source", "--json", "--roi", "--show", "--sheet", "--threads"):
        assert option in text
