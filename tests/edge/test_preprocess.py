"""edge.preprocess: crops, padding, colours, and the arrays that are no frames."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from edge import preprocess
from edge.errors import UsageError
from edge.preprocess import Frame, FrameToInput, to_pixels
from edge.roi import Roi


def columns(*values: int, height: int) -> Frame:
    """A frame whose column i has the value values[i] in all three colours."""
    row = np.array(values, np.uint8)
    return np.repeat(np.tile(row, (height, 1))[:, :, np.newaxis], 3, axis=2)


def rgb(*pixels: tuple[int, int, int]) -> Frame:
    """A frame of one row twice, so that it is not taken for a camera's raw buffer."""
    return np.array([pixels, pixels], np.uint8)


def test_a_frame_of_the_right_size_passes_untouched_without_a_copy():
    frame = columns(1, 2, 3, 4, height=4)
    pixels = to_pixels(frame, FrameToInput(4, 4, 3))
    assert np.shares_memory(pixels, frame)
    assert np.array_equal(pixels, frame)


@pytest.mark.parametrize(
    "crop, expected",
    [
        pytest.param("center", [30, 40], id="center drops the sides"),
        pytest.param("squash", [20, 50], id="squash keeps them"),
    ],
)
def test_wide_frame_into_a_square(crop, expected):
    # 6x2 to 2x2: the centre is columns 2 and 3; squashed, 10 20 30 and 40 50 60 are averaged.
    frame = columns(10, 20, 30, 40, 50, 60, height=2)
    pixels = to_pixels(frame, FrameToInput(2, 2, 3, crop=crop))
    assert pixels[:, :, 0].tolist() == [expected, expected]


@pytest.mark.parametrize("size", [(1920, 300), (300, 1920)], ids=["wide", "tall"])
def test_a_side_that_shrinks_to_less_than_half_is_averaged_whatever_the_other_does(size):
    # Columns of 4 black and 12 white pixels, 1920 of them to 120: each is the mean, 191.25.
    row = np.tile(np.repeat(np.array([0, 255], np.uint8), (4, 12)), 120)
    frame = np.repeat(np.tile(row, (300, 1))[:, :, np.newaxis], 3, axis=2)
    spec = FrameToInput(120, 200, 3, crop="squash")
    if size[0] < size[1]:
        frame, spec = frame.swapaxes(0, 1).copy(), FrameToInput(200, 120, 3, crop="squash")
    assert set(to_pixels(frame, spec).ravel().tolist()) == {191}


def test_tall_frame_is_cropped_above_and_below():
    frame = columns(10, 20, 30, 40, 50, 60, height=2).swapaxes(0, 1)
    pixels = to_pixels(frame, FrameToInput(2, 2, 3))
    assert pixels[:, :, 0].tolist() == [[30, 30], [40, 40]]


def test_center_crop_takes_the_aspect_ratio_of_the_target():
    # 640x480 for 224x224 leaves 80 columns out on each side.
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[:, 80:560] = 255
    assert (to_pixels(frame, FrameToInput(224, 224, 3)) == 255).all()
    frame[:, 80:83] = 0
    assert not (to_pixels(frame, FrameToInput(224, 224, 3)) == 255).all()


def test_letterbox_shows_the_whole_frame_between_grey_bars():
    # 4x2 into 4x4: one grey row above, one below.
    frame = columns(10, 20, 30, 40, height=2)
    pixels = to_pixels(frame, FrameToInput(4, 4, 3, crop="letterbox"))
    middle = [10, 20, 30, 40]
    assert pixels[:, :, 1].tolist() == [[127] * 4, middle, middle, [127] * 4]


def test_letterbox_of_a_tall_frame_has_bars_at_the_sides():
    frame = columns(10, 20, 30, 40, height=2).swapaxes(0, 1)
    pixels = to_pixels(frame, FrameToInput(4, 4, 3, crop="letterbox"))
    assert pixels[0, :, 0].tolist() == [127, 10, 10, 127]


def test_letterbox_of_the_same_shape_has_no_bars():
    frame = np.full((4, 8, 3), 9, np.uint8)
    assert (to_pixels(frame, FrameToInput(4, 2, 3, crop="letterbox")) == 9).all()


def test_shrinking_averages_and_linear_only_samples():
    frame = columns(0, 0, 0, 255, 255, 255, 255, 255, height=8)
    area = to_pixels(frame, FrameToInput(2, 2, 3))
    linear = to_pixels(frame, FrameToInput(2, 2, 3, interpolation="linear"))
    assert area[0, :, 0].tolist() == [64, 255]  # (0 + 0 + 0 + 255) / 4
    assert linear[0, :, 0].tolist() == [0, 255]  # halfway between columns 1 and 2


def test_enlarging_is_smooth_and_not_in_blocks():
    pixels = to_pixels(columns(0, 100, height=2), FrameToInput(8, 8, 3))
    row = pixels[0, :, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert len(set(row)) > 4


def test_colours_stay_in_their_order():
    pixels = to_pixels(np.full((16, 16, 3), (200, 100, 50), np.uint8), FrameToInput(4, 4, 3))
    assert pixels[0, 0].tolist() == [200, 100, 50]


@pytest.mark.parametrize("crop", ["center", "letterbox", "squash"])
@pytest.mark.parametrize("interpolation", ["area", "linear"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(640, 480), (97, 33), (24, 24)])
def test_a_bgr_frame_gives_the_same_bits_as_its_rgb(crop, interpolation, channels, size):
    width, height = size
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    spec = FrameToInput(24, 24, channels, crop, interpolation)
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    assert (to_pixels(bgr, spec, order="BGR") == to_pixels(rgb, spec)).all()
    assert (bgr == rgb[..., ::-1]).all()  # the frame itself is left as it was


def test_grey_weighs_red_green_and_blue_as_the_eye_does():
    # 0.299, 0.587 and 0.114 of 255; swapped colours would give 29 for red.
    frame = rgb((255, 0, 0), (0, 255, 0), (0, 0, 255))
    pixels = to_pixels(frame, FrameToInput(3, 2, 1))
    assert pixels.shape == (2, 3, 1)
    assert pixels[0, :, 0].tolist() == [76, 150, 29]


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("crop", ["center", "letterbox", "squash"])
def test_grey_frames_are_frames(shape, channels, crop):
    pixels = to_pixels(np.full(shape, 127, np.uint8), FrameToInput(3, 3, channels, crop=crop))
    assert pixels.shape == (3, 3, channels)
    assert (pixels == 127).all()


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(np.zeros((4, 4, 3), np.float32), id="floats"),
        pytest.param(np.zeros((4, 4, 3), np.int8), id="int8"),
        pytest.param(np.zeros((4, 4, 4), np.uint8), id="four channels"),
        pytest.param(np.zeros((1, 4, 4, 3), np.uint8), id="a batch"),
        pytest.param(np.zeros(48, np.uint8), id="flat"),
        pytest.param(np.zeros((0, 4, 3), np.uint8), id="no rows"),
        pytest.param(np.zeros((1, 921600), np.uint8), id="a camera's undecoded 640x480"),
        pytest.param(np.zeros((1, 921600, 1), np.uint8), id="the same with an axis more"),
    ],
)
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(ValueError):
        to_pixels(frame, FrameToInput(4, 4, 3))


@pytest.mark.parametrize(
    "text, box",
    [
        pytest.param("0.25,0,0.5,1", (2, 0, 4, 4), id="fractions"),
        pytest.param("2,0,4,4", (2, 0, 4, 4), id="pixels"),
        pytest.param("0,0,1,1", (0, 0, 8, 4), id="ones are fractions: the whole frame"),
        pytest.param("0.5,0.5,0.5,0.5", (4, 2, 4, 2), id="a quarter"),
    ],
)
def test_roi_is_cut_out_before_anything_else(text, box):
    frame = columns(0, 10, 20, 30, 40, 50, 60, 70, height=4)
    frame += np.arange(4, dtype=np.uint8)[:, np.newaxis, np.newaxis]
    roi = Roi.parse(text)
    left, top, width, height = roi.of(8, 4)
    assert (left, top, width, height) == box
    spec = FrameToInput(width, height, 3)
    part = frame[top : top + height, left : left + width]
    assert np.array_equal(to_pixels(frame, spec, roi), part)


def test_frames_of_other_sizes_in_between_change_nothing():
    spec = FrameToInput(24, 24, 3)
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    frames = [noise[: 30 + side, : 300 - side] for side in range(0, 200, 2)]
    expected = []
    for frame in frames:
        preprocess._way.cache_clear()
        expected.append(to_pixels(frame, spec))
    for _ in range(2):
        for frame, pixels in zip(frames, expected, strict=True):
            assert np.array_equal(to_pixels(frame, spec), pixels)


def test_roi_beyond_the_frame_is_the_users_mistake():
    with pytest.raises(UsageError, match=r"does not fit into frames of 8x4 pixels; give"):
        to_pixels(columns(*range(8), height=4), FrameToInput(4, 4, 3), Roi.parse("4,0,5,4"))


@pytest.mark.parametrize("crop", ["center", "letterbox", "squash"])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_kept_of_a_large_picture_is_small(crop, channels):
    spec = FrameToInput(8, 8, channels, crop)
    tracemalloc.start()
    try:
        kept = [to_pixels(np.zeros((600, 800, 3), np.uint8), spec, order="BGR") for _ in range(20)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(kept) == 20 and held < 100_000  # a half of one picture has 360,000 bytes
