"""edge.checks: what --source and --model name, with real files, servers and interpreters."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from edge.card import Card, GoldenFrame, append_files
from edge.checks.check import Check
from edge.checks.model import check_model, describe
from edge.checks.source import check_source, picamera_number
from edge.errors import SourceError
from edge.runtime import installed
from tests.edge.material import (
    AT_ONCE_S,
    COLOURS,
    RED,
    closed_port,
    mjpeg_server,
    plain,
    silent_port,
    write_picture,
    write_video,
)


def one(text: str) -> Check:
    (check,) = check_source(text)
    assert check.name == "source"
    return check


def test_a_picture_a_folder_a_glob_and_a_video(tmp_path):
    picture = write_picture(tmp_path / "red.png", plain(RED))
    video = write_video(tmp_path / "red.avi", [plain(RED)] * 3, fps=10)
    assert one(str(picture)).found.endswith("red.png: a picture of 64x48 pixels")
    assert one(str(video)).found.endswith("red.avi: a video of 64x48 pixels")
    assert one(str(tmp_path)).found.endswith(": 1 picture, the first of 64x48 pixels")
    assert one(str(tmp_path / "*.*")).found.endswith(": pictures, the first of 64x48 pixels")
    for text in (picture, video, tmp_path, tmp_path / "*.*"):
        assert one(str(text)).state == "ok"


@pytest.mark.parametrize(
    "name, found",
    [
        ("nothing.mp4", "no such file or folder"),
        ("*.nothing", "matches no pictures"),
        ("*.mp4", "matches no pictures"),  # the app takes a pattern for pictures alone
        ("", "no such file or folder"),
        ("a\0b", "no such file or folder"),
        ("text.mp4", "is no video or picture that OpenCV can read"),
        ("empty.mp4", "is empty"),
        ("bare.avi", "no frame can be decoded"),
        ("text.png", "text.png: "),
        ("empty folder", "holds no pictures"),
        ("picamera:x", "is no camera"),
    ],
)
def test_files_that_give_no_frames(name, found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.mp4").write_text("This is no video.\n")
    Path("text.png").write_text("This is no picture.\n")
    Path("empty.mp4").touch()
    Path("empty folder").mkdir()
    _write_video_without_frames(Path("bare.avi"))
    check = one(name)
    assert check.state == "fault" and found in check.found and check.remedy


def _write_video_without_frames(path: Path) -> None:
    """A video whose one frame is no JPEG."""
    data = bytearray(write_video(path, [plain(RED)], fps=10).read_bytes())
    start = data.index(b"\xff\xd8")
    data[start : data.index(b"\xff\xd9", start) + 2] = b"\0" * (
        data.index(b"\xff\xd9", start) + 2 - start
    )
    path.write_bytes(data)


@pytest.mark.parametrize("pattern", ["", "*.jpg"])
def test_pictures_none_of_which_can_be_read(pattern, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff no picture")
    source = str(tmp_path / pattern)
    fault = f"no picture in it can be read (2 tried); the first is {tmp_path / 'a.jpg'}: "
    check = one(source)
    assert check.state == "fault" and check.remedy == "replace them"
    assert check.found.startswith(f"{source}: {fault}")


def test_one_damaged_picture_among_others_is_a_warning(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    for name in ("b.png", "c.png"):
        write_picture(tmp_path / name, plain(RED))
    assert one(str(tmp_path)) == Check(
        "source",
        "warning",
        f"{tmp_path}: 1 of the first 3 pictures left out; {tmp_path / 'a.jpg'}: the file is empty",
        "copy it again or delete it",
    )


def test_of_many_pictures_a_few_are_read(tmp_path, monkeypatch):
    import edge.sources.pictures as pictures

    read, count = [], 2000
    picture = write_picture(tmp_path / "0000.png", plain(RED))
    for number in range(1, count):
        os.link(picture, tmp_path / f"{number:04}.png")
    real = pictures.read_picture
    monkeypatch.setattr(pictures, "read_picture", lambda path: (read.append(path), real(path))[1])
    assert one(str(tmp_path)).found.endswith(": 2,000 pictures, the first of 64x48 pixels")
    assert [path.name for path in read] == [f"000{number}.png" for number in range(5)]


def test_pictures_that_take_too_long_are_given_up(tmp_path, monkeypatch):
    import edge.sources.pictures as pictures

    def refuse_slowly(path: Path) -> None:
        time.sleep(0.05)
        raise SourceError(f"{path}: the file is empty; delete it")

    monkeypatch.setattr(pictures, "read_picture", refuse_slowly)
    monkeypatch.setattr("edge.checks.frames._OPEN_S", 1.0)
    for number in range(100):
        (tmp_path / f"{number:03}.png").touch()
    check = one(str(tmp_path))
    assert check.state == "fault" and check.remedy == "replace them"
    assert "none of the first " in check.found and "the first is " in check.found


def test_a_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert one(str(tmp_path / "pipe")).state == "ok"


def test_a_stream_gives_a_frame():
    with mjpeg_server() as url:
        address = url.replace("://", "://user:secret@")
        check = one(f"{address}/live")
    shown = address.replace("secret", "***")
    assert check == Check("source", "ok", f"{shown}/live: a stream of 64x48 pixels")


@pytest.mark.parametrize(
    ("page", "found", "remedy"),
    [
        ("nothing.mjpg", "the server answers 404 Not Found", "check the path"),
        ("private", "the server answers 401 Unauthorized", "give user and password: "),
        ("page", "answers with text/html, which is no video that opens", "check the path"),
    ],
)
def test_a_server_without_a_stream_is_a_fault(page, found, remedy):
    with mjpeg_server() as url:
        check = one(f"{url}/{page}")
    assert (check.state, check.found) == ("fault", f"{url}/{page}: {found}")
    assert check.remedy.startswith(remedy)


def test_a_server_that_is_not_there():
    check = one(f"http://127.0.0.1:{closed_port()}/")
    assert check.state == "fault" and check.found.endswith("/: connection refused")


def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr("edge.checks.frames._OPEN_S", 0.5)
    started_s = time.monotonic()
    with silent_port() as port:
        check = one(f"http://user:secret@127.0.0.1:{port}/video")
    assert time.monotonic() - started_s < 0.5 + AT_ONCE_S
    expected = f"http://user:***@127.0.0.1:{port}/video: no answer within 0.5 s"
    assert check == Check("source", "fault", expected, "check that it is on and connected")


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ("good=5", "rehearses good 5 s, then the end"),
        ("good=5,stall=8.5,...", "rehearses good 5 s, stall 8.5 s, then from the start"),
    ],
)
def test_a_plan_of_faults(plan, found):
    assert one(f"fault:{plan}") == Check("source", "ok", f"fault:{plan}: {found}")


@pytest.mark.parametrize(
    ("plan", "found", "remedy"),
    [
        ("nonsense=5", "'nonsense' is no kind of fault", "write fault:KIND=SECONDS,"),
        ("good=x", "'good=x' has no number of seconds above 0", "write fault:KIND=SECONDS,"),
        ("error=600", "is unplugged, as planned", "wait for the plan's next step"),
    ],
)
def test_a_plan_that_does_not_start(plan, found, remedy):
    check = one(f"fault:{plan}")
    assert (check.state, check.found) == ("fault", f"fault:{plan}: {found}")
    assert check.remedy.startswith(remedy)


def test_what_no_driver_should_raise_is_a_fault(capsys):
    check = one("fault:exception=600")
    assert check.state == "fault" and "failed with ValueError" in check.found and check.remedy
    assert "Traceback" in capsys.readouterr().err


def test_a_source_that_opens_and_stays_silent_is_a_warning():
    # The camera app waits for it.
    check = one("fault:stall=7")
    assert check.state == "warning" and check.remedy.startswith("check that it is on")
    assert check.found == "fault:stall=7: opens, and then no answer within 5 s"


def test_a_plan_that_ends_without_a_frame_is_told():
    check = one("fault:stall=0.1")
    assert check.state == "warning" and check.found.endswith(": ends before its first frame")


@pytest.mark.parametrize(
    "url, found",
    [
        ("http://[::1/", "is no stream URL"),
        ("ftp://127.0.0.1/", "is no stream URL"),
        ("rtsp:///path", "is no stream URL"),
        ("http://127.0.0.1:99999/", "is no stream URL"),
        ("http://a..b/", "unknown host"),
    ],
)
def test_addresses_that_are_none(url, found):
    check = one(url)
    assert check.state == "fault" and check.found == f"{url}: {found}" and check.remedy


@pytest.mark.parametrize(
    "text, found",
    [
        ("99", "/dev/video99: there is no such device"),
        ("/dev/null", "/dev/null: is no video device"),
        ("/dev/v4l/by-id/usb-gone-video-index0", "there is no such device"),
    ],
)
def test_cameras_that_are_none(text, found):
    check = one(text)
    assert check.state == "fault" and found in check.found and "--source" in check.remedy


def test_the_pis_camera_is_looked_at_elsewhere():
    assert check_source("picamera") == check_source("picamera:1") == []
    texts = ("picamera", "picamera:", "picamera:1", "0", "picamera:x")
    assert [picamera_number(text) for text in texts] == [0, 0, 1, None, None]


def test_a_model_of_others(tmp_path):
    summary, *runs = check_model(COLOURS)
    assert summary.state == "info"
    assert summary.found.startswith(f"{COLOURS} ")
    assert summary.found.endswith(f" {COLOURS.stat().st_size:,} bytes, 8x8x3, 3 labels, no card")
    assert [(check.name, check.state) for check in runs] == [
        (f"model, {runtime}", "ok") for runtime in installed()
    ]
    assert all("no golden frames" in check.found for check in runs)


def test_what_has_to_be_assumed_about_a_model_is_told(models):
    _, notice, *_ = check_model(models / "colours_float.tflite")
    assert notice.state == "info" and "--input-range" in notice.remedy


def with_card(path: Path, scores: tuple[float, ...], **facts: object) -> Path:
    golden = GoldenFrame(plain(RED, 8, 8), scores)
    card = Card(1, "center", "area", 1.0, 0.5, (golden,), 0.1, facts)
    files = {"card.json": card.to_json(), "labels.txt": "red\ngreen\nblue\n"}
    path.write_bytes(append_files(COLOURS.read_bytes(), files))
    return path


def test_a_model_with_a_card(tmp_path):
    from edge.classifier import Classifier

    scores = Classifier(COLOURS).classify(plain(RED, 8, 8)).scores
    told = {"int8": {"top1": 0.9312, "n": 5007}}
    path = with_card(tmp_path / "m.tflite", tuple(map(float, scores)), accuracy=told)
    summary, *runs = check_model(path)
    assert summary.found.endswith('3 labels, top-1 93.12% of 5,007 pictures, "unknown" below 0.50')
    assert [check.state for check in runs] == ["ok"] * len(installed())
    assert runs[0].found == "loads; golden frames (1) differ by 0.000 at most, 0.1 is allowed"


def test_golden_frames_that_come_out_wrong(tmp_path):
    path = with_card(tmp_path / "m.tflite", (0.0, 0.0, 1.0))
    checks = check_model(path)
    # The app takes the first runtime: without it there is no label at all.
    assert [check.state for check in checks] == ["fault", "warning"][: len(installed())]
    assert (
        "golden frame 1 differs by" in checks[0].found and "convert the model" in checks[0].remedy
    )


@pytest.mark.parametrize(
    "content, found",
    [
        (None, "no such file"),
        (b"", "the file is empty"),
        (b"hello", "not a TFLite model"),
        (COLOURS.read_bytes()[:300], "damaged or cut short"),
    ],
)
def test_files_that_are_no_models(content, found, tmp_path):
    path = tmp_path / "m.tflite"
    if content is not None:
        path.write_bytes(content)
    (check,) = check_model(path)
    assert check.state == "fault" and f"{path}: {found}" in check.found and check.remedy


def test_an_operator_that_no_runtime_has(models):
    checks = check_model(models / "flex_operator.tflite")
    assert len(checks) == len(installed())
    assert checks[0].state == "fault" and "FlexMatrixInverse" in checks[0].found


def test_a_card_of_another_tool_may_state_no_accuracy():
    facts = {"id": "0", "input": [8, 8, 3], "labels": 3, "card": {"unknown": 0.5, "facts": {}}}
    assert describe(COLOURS, json.loads(json.dumps(facts))).endswith(
        '3 labels, "unknown" below 0.50'
    )
