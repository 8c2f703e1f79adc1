"""Sources: what cannot be read is told in one clear line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.sources import source_name
from tests.edge.material import (
    fault_of,
)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://me:secret@host:554/a?b=c", "rtsp://me:***@host:554/a?b=c"),
        ("rtsp://me:se@cret@host/a", "rtsp://me:***@host/a"),
        ("rtsp://me@host/a", "rtsp://me@host/a"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
        ("http://[half", "http://[half"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_messages_never_show_a_password(url: str, shown: str) -> None:
    assert source_name(url) == shown


@pytest.mark.parametrize(
    ("source", "says"),
    [
        pytest.param("", "no such file or folder", id="nothing"),
        pytest.param("absent.mp4", "no such file or folder", id="missing file"),
        pytest.param("nul\0byte", "no such file or folder", id="NUL in the name"),
        pytest.param("x" * 300, "no such file or folder", id="name too long"),
        pytest.param("empty", "holds no pictures", id="empty folder"),
        pytest.param("empty.mp4", "is empty", id="empty video"),
        pytest.param("text.mp4", "is no video or picture", id="text for a video"),
        pytest.param("empty.png", "the file is empty", id="empty picture"),
        pytest.param("ftp://host/a", "is no stream URL", id="unknown scheme"),
        pytest.param("http://", "is no stream URL", id="no host"),
        pytest.param("http://host:port/a", "is no stream URL", id="port that is no number"),
        pytest.param("http://[half/a", "is no stream URL", id="half an address"),
        pytest.param("97", "camera 97 (/dev/video97): there is no such device", id="no camera"),
        pytest.param("/dev/v4l/by-id/none", "there is no such device", id="unplugged by-id"),
        pytest.param("/dev/null", "does not open as a camera", id="device, but no camera"),
        pytest.param("/dev/shm", "is no device", id="a folder in /dev"),
    ],
)
def test_a_source_that_cannot_be_read_says_so_in_one_line(
    source: str, says: str, tmp_path: Path, monkeypatch, capfd
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.mp4").write_text("once upon a time" * 100)
    monkeypatch.chdir(tmp_path)
    fault = fault_of(source)
    assert says in fault
    assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+", fault), "no remedy"
    assert capfd.readouterr() == ("", ""), "OpenCV's own chatter"
