"""The Raspberry Pi camera's source, on a stand-in for picamera2 (tests/edge/pi)."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources import SourceOptions
from edge.sources.naming import is_pi_camera
from edge.sources.picamera import sensor_time_s, small_size, to_rgb
from tests.edge.material import fault_of, open_it

PI = Path(__file__).parent / "pi"
SEEN = (200, 60, 20)


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in's class; what a test sets on it is undone."""
    monkeypatch.syspath_prepend(PI)
    for name in ("picamera2", "libcamera"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import picamera2

    assert Path(str(picamera2.__file__)).parent == PI
    monkeypatch.setattr(picamera2.Picamera2, "copied", Counter())
    monkeypatch.setattr(picamera2.Picamera2, "opened", [])
    yield picamera2.Picamera2
    for name in ("picamera2", "libcamera"):
        sys.modules.pop(name, None)


def test_frames_are_rgb_fresh_and_complete(pi: Any) -> None:
    with open_it("picamera") as source:
        frames = [source.read() for _ in range(10)]
    assert (source.live, source.recovers) == (True, True)
    assert source.description == "640x480 at 30 frames/s"
    assert [frame.number for frame in frames if frame] == list(range(10))
    assert all(frame.pixels.shape == (480, 640, 3) for frame in frames if frame)
    assert all((frame.pixels == SEEN).all() for frame in frames if frame)
    (camera,) = pi.opened
    assert camera.camera_config["main"]["format"] == "BGR888", "R, G, B in memory"
    assert camera.camera_config["queue"] is False, "else a frame could be old"
    assert camera.closed


@pytest.mark.parametrize("platform", ["VC4", "PISP"])
def test_the_model_gets_the_small_stream(platform: str, pi: Any, monkeypatch) -> None:
    monkeypatch.setattr(pi, "platform", type(pi.platform)[platform])
    with open_it("picamera", width=1280, height=720, model_input=(224, 224)) as source:
        frame = source.read()
    assert frame is not None
    assert source.description == "1280x720, 416x234 to the model at 30 frames/s"
    assert frame.pixels.shape == (234, 416, 3)
    assert np.abs(frame.pixels.astype(int) - SEEN).max() <= 3, "what YUV rounds"
    assert frame.full is None
    assert pi.copied == {"lores": 1}, "the full stream stays where it is"


def test_who_looks_gets_the_full_stream_of_the_same_moment(pi: Any) -> None:
    with open_it("picamera", model_input=(96, 96), preview=True) as source:
        frame = source.read()
    assert frame is not None
    assert frame.pixels.shape == (96, 128, 3)
    assert frame.preview.shape == (480, 640, 3)
    assert (frame.preview == SEEN).all()


def test_hardware_without_a_small_stream_gives_the_full_one(pi: Any, monkeypatch) -> None:
    monkeypatch.setattr(pi, "has_lores", False)
    with open_it("picamera", model_input=(96, 96), preview=True) as source:
        frame = source.read()
    assert frame is not None
    assert frame.pixels.shape == (480, 640, 3)
    assert frame.full is None
    assert pi.copied == {"main": 1}


def test_frames_carry_the_sensors_time(pi: Any) -> None:
    with open_it("picamera") as source:
        before_s = time.monotonic()
        frame = source.read()
        after_s = time.monotonic()
    assert frame is not None
    assert before_s - 0.041 <= frame.monotonic_s <= after_s - 0.039


def test_the_second_camera_has_a_number(pi: Any, monkeypatch) -> None:
    monkeypatch.setattr(pi, "cameras", ("imx708", "imx219"))
    with open_it("picamera:1"):
        assert pi.opened[0].camera_num == 1
    assert "picamera:2: there is no such camera; choose --source from picamera:0, picamera:1" in (
        fault_of("picamera:2")
    )


def test_no_camera_names_the_cable(pi: Any, monkeypatch) -> None:
    monkeypatch.setattr(pi, "cameras", ())
    fault = fault_of("picamera")
    assert fault.startswith("picamera: no camera is found; ")
    assert "rpicam-hello --list-cameras" in fault


def test_a_camera_in_use_names_the_other_program(pi: Any, monkeypatch) -> None:
    monkeypatch.setattr(pi, "busy", True)
    assert "picamera: is used by another program; close it" in fault_of("picamera")


def test_a_camera_that_falls_silent_is_an_error_and_closes(pi: Any, monkeypatch) -> None:
    monkeypatch.setattr(SourceOptions, "read_timeout_s", 0.05)
    with open_it("picamera") as source:
        source.read()
        monkeypatch.setattr(pi, "silent", True)
        with pytest.raises(SourceError, match="picamera: gave no frame for 0 s; check the ribbon"):
            source.read()
    assert pi.opened[0].closed


def test_a_frame_that_cannot_be_had_is_an_error_and_goes_back(pi: Any, monkeypatch) -> None:
    with open_it("picamera") as source:
        monkeypatch.setattr(pi, "broken", True)
        with pytest.raises(SourceError, match=r"picamera: failed \(failed to find buffer\); check"):
            source.read()
        assert pi.opened[0].waiting_buffers == 3


def test_without_picamera2_its_package_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    fault = fault_of("picamera")
    assert fault.startswith("picamera: picamera2 is missing; run `sudo apt install -y python3-pica")


@pytest.mark.parametrize("setting", ["false", "true", None])
def test_an_environment_without_the_systems_packages_is_named(
    setting: str | None, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    if setting is not None:
        (tmp_path / "pyvenv.cfg").write_text(f"include-system-site-packages = {setting}\n")
    is_named = "python3 -m venv --system-site-packages" in fault_of("picamera")
    assert is_named == (setting != "true")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(
            "raise ValueError('numpy.dtype size changed, may indicate binary incompatibility')",
            "simplejpeg was built for another numpy; run `pip uninstall -y numpy` in",
            id="numpy 2 in the environment, simplejpeg for numpy 1",
        ),
        pytest.param(
            "raise ImportError('numpy.core.multiarray failed to import')",
            "simplejpeg was built for another numpy; run `pip uninstall -y numpy` in",
            id="the same, older",
        ),
        pytest.param(
            "import module_that_is_not_there",
            "picamera2 lacks the module module_that_is_not_there; run `sudo apt install",
            id="half installed",
        ),
        pytest.param(
            "raise ImportError('libcamera.so.0.5: cannot open shared object file')",
            "picamera2 does not load (libcamera.so.0.5: cannot open shared object file); run",
            id="libraries of another release",
        ),
    ],
)
def test_a_picamera2_that_does_not_load_has_its_remedy(
    body: str, says: str, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "picamera2.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    assert says in fault_of("picamera")


def test_a_number_that_is_none_is_refused() -> None:
    assert "picamera:x: is no camera; use picamera, or picamera:1" in fault_of("picamera:x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("picamera", True), ("picamera:1", True), ("picamera2", False), ("picamera.mp4", False)],
)
def test_what_names_a_pi_camera(text: str, expected: bool) -> None:
    assert is_pi_camera(text) is expected


@pytest.mark.parametrize(
    ("frame", "model_input", "expected"),
    [
        pytest.param((640, 480), (224, 224), (304, 228), id="exactly 4:3, 224 fits"),
        pytest.param((1280, 720), (224, 224), (416, 234), id="exactly 16:9"),
        pytest.param((640, 480), (96, 96), (128, 96), id="exactly the model's height"),
        pytest.param((640, 480), (320, 96), (320, 240), id="a wide model"),
        pytest.param((646, 482), (96, 96), (130, 96), id="no exact size near: rounded up, even"),
        pytest.param((640, 480), (480, 480), None, id="as large as the frame"),
        pytest.param((640, 480), (640, 640), None, id="larger than the frame"),
        pytest.param((640, 480), None, None, id="full size wanted"),
    ],
)
def test_size_of_the_small_stream(
    frame: tuple[int, int], model_input: tuple[int, int] | None, expected: tuple[int, int] | None
) -> None:
    assert small_size(frame, model_input) == expected


@pytest.mark.parametrize(
    ("pixel_format", "pixel"),
    [
        ("BGR888", [200, 60, 20]),
        ("RGB888", [20, 60, 200]),
        ("XBGR8888", [200, 60, 20, 255]),
        ("XRGB8888", [20, 60, 200, 255]),
    ],
)
def test_every_byte_order_becomes_rgb(pixel_format: str, pixel: list[int]) -> None:
    array = np.tile(np.array(pixel, np.uint8), (4, 6, 1))
    assert (to_rgb(array, pixel_format, (6, 4), "picamera") == SEEN).all()


def test_a_format_that_is_no_picture_is_an_error() -> None:
    with pytest.raises(SourceError, match="picamera: gives SRGGB10, which is no picture; use"):
        to_rgb(np.zeros((4, 4), np.uint8), "SRGGB10", (4, 4), "picamera")


@pytest.mark.parametrize(
    ("age_s", "expected_age_s"),
    [
        pytest.param(0.05, 0.05, id="a moment ago"),
        pytest.param(-1.0, 0.0, id="from the future"),
        pytest.param(3600.0, 0.0, id="an hour ago"),
    ],
)
def test_the_sensors_clock_is_used_where_it_makes_sense(
    age_s: float, expected_age_s: float
) -> None:
    before_s = time.monotonic()
    stamp_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - int(age_s * 1e9)
    told_s = sensor_time_s(stamp_ns)
    after_s = time.monotonic()
    assert before_s - 0.001 <= told_s + expected_age_s <= after_s + 0.001
    assert after_s <= sensor_time_s(None) <= time.monotonic()
