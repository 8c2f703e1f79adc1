"""edge.checks: what --source and --model name, with real files, servers and interpreters."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from edge.card import Card, GoldenFrame, append_files
from edge.checks.check import Check
from edge.checks.model import check_model, describe
from edge.checks.source import check_source, picamera_number
from edge.runtime import installed
from tests.edge.material import COLOURS, RED, plain, write_picture, write_video


def one(text: str) -> Check:
    (check,) = check_source(text)
    assert check.name == "source"
    return check


def test_a_picture_a_folder_a_glob_and_a_video(tmp_path):
    picture = write_picture(tmp_path / "red.png", plain(RED))
    video = write_video(tmp_path / "red.avi", [plain(RED)] * 3, fps=10)
    assert one(str(picture)).found.endswith("red.png: a picture of 64x48 pixels")
    assert one(str(video)).found.endswith("red.avi: a video of 64x48 pixels")
    assert one(str(tmp_path)).found.endswith(": 1 picture")
    assert one(str(tmp_path / "*.*")).found.endswith(": is here")
    for text in (picture, video, tmp_path, tmp_path / "*.*"):
        assert one(str(text)).state == "ok"


@pytest.mark.parametrize(
    "name, found",
    [
        ("nothing.mp4", "no such file or folder"),
        ("*.nothing", "no such file or folder"),
        ("", "no such file or folder"),
        ("a\0b", "no such file or folder"),
        ("text.mp4", "is no video or picture that OpenCV can read"),
        ("empty.mp4", "is no video or picture that OpenCV can read"),
        ("text.png", "text.png: "),
        ("empty folder", "holds no pictures"),
    ],
)
def test_files_that_give_no_frames(name, found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.mp4").write_text("This is no video.\n")
    Path("text.png").write_text("This is no picture.\n")
    Path("empty.mp4").touch()
    Path("empty folder").mkdir()
    check = one(name)
    assert check.state == "fault" and found in check.found and check.remedy


def test_a_server_that_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check = one(f"rtsp://user:secret@127.0.0.1:{port}/live")
    expected = f"rtsp://user:***@127.0.0.1:{port}/live: 127.0.0.1 answers on port {port}"
    assert check == Check("source", "ok", expected)


def test_a_server_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert one(f"http://127.0.0.1:{port}/").found.endswith("/: connection refused")


@pytest.mark.parametrize(
    "url, found",
    [
        ("http://[::1/", "is no stream URL"),
        ("ftp://127.0.0.1/", "is no stream URL"),
        ("rtsp:///path", "is no stream URL"),
        ("http://127.0.0.1:99999/", "is no stream URL"),
        ("http://a..b/", "is no host name"),
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
    numbers = [picamera_number(text) for text in ("picamera", "picamera:1", "0", "picamera:x")]
    assert numbers == [0, 1, None, None]


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
