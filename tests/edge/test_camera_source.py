"""A V4L2 camera: real OpenCV on a stand-in for the driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources.camera import capture_time_s
from edge.sources.naming import is_camera
from edge.sources.opencv import to_bgr
from tests.edge.material import BLUE, RED, plain
from tests.edge.v4l2.driver import DEVICE, MISSING, compiled, compiler, environment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", True),
        ("12", True),
        ("/dev/video0", True),
        ("-1", False),
        ("²", False),
        ("0.mp4", False),
    ],
)
def test_what_names_a_camera(text: str, expected: bool) -> None:
    assert is_camera(text) is expected


@pytest.mark.parametrize(
    ("driver_ms", "expected_s"),
    [
        pytest.param(99_960.0, 99.96, id="waited 40 ms in the driver's queue"),
        pytest.param(0.0, 100.0, id="driver without a stamp"),
        pytest.param(1.7e12, 100.0, id="wall clock"),
        pytest.param(100_001.0, 100.0, id="stamp from the future"),
        pytest.param(-1.0, 100.0, id="property unknown"),
    ],
)
def test_capture_time_is_the_drivers_where_it_makes_sense(
    driver_ms: float, expected_s: float
) -> None:
    assert capture_time_s(100.0, driver_ms) == pytest.approx(expected_s)


def test_bgr_stays_as_it_is() -> None:
    bgr = np.zeros((2, 2, 3), np.uint8)
    assert to_bgr(bgr, "camera") is bgr


def test_grey_becomes_bgr() -> None:
    assert to_bgr(np.full((2, 3), 7, np.uint8), "camera").tolist() == [[[7] * 3] * 3] * 2


@pytest.mark.parametrize(
    "buffer",
    [
        pytest.param(np.zeros((1, 921_600), np.uint8), id="OpenCV 4.11 without a FOURCC"),
        pytest.param(np.zeros((4, 4, 2), np.uint8), id="undecoded YUYV"),
        pytest.param(np.zeros((4, 4, 3), np.uint16), id="16 bits"),
    ],
)
def test_an_undecoded_buffer_is_no_frame(buffer: np.ndarray) -> None:
    with pytest.raises(SourceError, match=r"camera: OpenCV .* instead of a frame; install"):
        to_bgr(buffer, "camera")


# What follows runs real OpenCV on a stand-in for the kernel: a library, preloaded into a process of
# its own, that answers V4L2's requests for one device.
V4L2 = Path(__file__).parent / "v4l2"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that plays the driver, compiled."""
    if compiler() is None:
        pytest.skip(MISSING)
    return compiled(tmp_path_factory.mktemp("v4l2"))


class FakeCamera:
    """A camera of 64x48 pixels whose driver gives the frames that a test lays down for it."""

    def __init__(self, driver: Path, folder: Path) -> None:
        self._driver = driver
        self._folder = folder

    def frames(self, pixel_format: str, *frames: bytes) -> None:
        for number, frame in enumerate(frames):
            (self._folder / f"{pixel_format}.{number}").write_bytes(frame)

    def read(self, count: int, formats: str = "MJPG,YUYV", size: tuple[int, int] = (64, 48)) -> Any:
        """What reading ``count`` frames in that size shows; nothing may be printed on the way."""
        process = subprocess.run(
            [sys.executable, V4L2 / "read_camera.py", DEVICE, str(count), *map(str, size)],
            env=os.environ
            | environment(self._driver, self._folder, formats)
            | {"PYTHONPATH": str(V4L2.parents[2])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert process.stderr == ""
        return json.loads(process.stdout)


@pytest.fixture
def fake_camera(driver: Path, tmp_path: Path) -> FakeCamera:
    return FakeCamera(driver, tmp_path)


def jpeg(colour: Sequence[int]) -> bytes:
    """A JPEG of 64x48 pixels in one colour, with some texture so that it has data to damage."""
    texture = np.random.default_rng(1).integers(0, 40, (48, 64, 1), np.uint8)
    bgr = np.maximum(plain(colour)[:, :, ::-1], texture)
    return cv2.imencode(".jpg", bgr)[1].tobytes()


def yuyv(luma: int, blueness: int) -> bytes:
    pair = np.array([luma, blueness, luma, 128], np.uint8)
    return np.tile(pair, 48 * 32).tobytes()


def numbers(seen: Any) -> list[int]:
    return [number for number, _, _ in seen["frames"]]


def test_a_camera_gives_mjpg_in_rgb_and_says_so(fake_camera: FakeCamera) -> None:
    fake_camera.frames("MJPG", jpeg(BLUE))
    seen = fake_camera.read(3, formats="YUYV,MJPG")
    assert seen["first"] == "64x48 MJPG at 30 frames/s"
    assert numbers(seen) == [0, 1, 2]
    assert all(shape == [48, 64, 3] for _, shape, _ in seen["frames"])
    assert all(int(np.argmax(middle)) == 2 for _, _, middle in seen["frames"])
    assert seen["warnings"] == []


@pytest.mark.parametrize("formats", ["YUYV", "BGR3,YUYV"])
def test_a_camera_without_mjpg_gives_yuyv_with_one_warning(
    formats: str, fake_camera: FakeCamera
) -> None:
    fake_camera.frames("YUYV", yuyv(100, 250))
    fake_camera.frames("BGR3", bytes(3 * 64 * 48))
    seen = fake_camera.read(2, formats=formats)
    assert [int(np.argmax(middle)) for _, _, middle in seen["frames"]] == [2, 2]
    (warning,) = seen["warnings"]
    assert warning.startswith(f"{DEVICE}: gives 64x48 YUYV at 30 frames/s, not MJPG; ")


def test_another_size_than_asked_is_one_warning(fake_camera: FakeCamera) -> None:
    fake_camera.frames("MJPG", jpeg(RED))
    (warning,) = fake_camera.read(1, size=(640, 480))["warnings"]
    assert warning.startswith(f"{DEVICE}: gives 64x48 MJPG at 30 frames/s, not 640x480; ")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut short"),
        pytest.param(lambda whole: b"no picture" * 20, id="no JPEG"),
        pytest.param(
            lambda whole: whole[: len(whole) * 3 // 4] + b"\xff\xd9", id="ends in the middle"
        ),
        pytest.param(lambda whole: jpeg_of_size(128, 96), id="another size"),
    ],
)
def test_damaged_frames_are_counted_and_left_out(
    damage: Callable[[bytes], bytes], fake_camera: FakeCamera
) -> None:
    whole = jpeg(RED)
    fake_camera.frames("MJPG", whole, whole, damage(whole), whole, whole)
    seen = fake_camera.read(4)
    # OpenCV itself takes the first frame away or not; after another size the next one is doubted.
    assert seen["damaged"] in (1, 2)
    assert numbers(seen)[-1] == 3 + seen["damaged"], "left out, but counted"
    assert all(shape == [48, 64, 3] for _, shape, _ in seen["frames"])


def jpeg_of_size(width: int, height: int) -> bytes:
    return cv2.imencode(".jpg", plain(RED, width, height))[1].tobytes()


def test_padding_before_the_end_is_no_damage(fake_camera: FakeCamera) -> None:
    whole = jpeg(RED)
    fake_camera.frames("MJPG", whole[:-2] + bytes(5) + whole[-2:], whole + bytes(20))
    seen = fake_camera.read(4)
    assert numbers(seen) == [0, 1, 2, 3]
    assert seen["damaged"] == 0


def test_nothing_but_damaged_frames_leads_to_uncompressed_ones(fake_camera: FakeCamera) -> None:
    fake_camera.frames("MJPG", b"no picture")
    fake_camera.frames("YUYV", yuyv(100, 250))
    seen = fake_camera.read(2)
    assert numbers(seen) == [30, 31]
    assert seen["damaged"] == 30
    assert (seen["first"], seen["description"]) == (
        "64x48 MJPG at 30 frames/s",
        "64x48 YUYV at 30 frames/s",
    )
    assert "30 damaged MJPG frames in a row, goes on with YUYV; " in seen["warnings"][1]


def test_a_camera_that_gives_only_damaged_frames_is_given_up(fake_camera: FakeCamera) -> None:
    fake_camera.frames("MJPG", b"no picture")
    seen = fake_camera.read(1, formats="MJPG")
    assert seen["error"].startswith(f"{DEVICE}: 30 damaged frames in a row; use a shorter cable")


def test_a_camera_that_is_unplugged_is_an_error(fake_camera: FakeCamera) -> None:
    fake_camera.frames("MJPG", jpeg(RED), jpeg(RED), b"")
    seen = fake_camera.read(5)
    assert numbers(seen) in ([0], [0, 1])
    assert seen["error"].startswith(f"{DEVICE}: gave no frame; check the cable")
