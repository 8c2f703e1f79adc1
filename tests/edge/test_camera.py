"""The camera command in this process: what it does with each source and option, and its errors."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from edge.camera import main
from tests.edge.camera_command import BASICS, SUMMARY, decisions, labels, lines
from tests.edge.material import (
    AT_ONCE_S,
    BLUE,
    GREEN,
    RED,
    closed_port,
    mjpeg_server,
    plain,
    write_picture,
    write_video,
)


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
