"""convert.robustness.faults: each does what its level says, to frames of any size, repeatably."""

from __future__ import annotations

import numpy as np
import pytest

from convert.robustness import FAULTS, geometry, pixels

EVERY_LEVEL = [
    pytest.param(fault, level, id=f"{fault.name} {fault.written(level)}")
    for fault in FAULTS
    for level in fault.levels
]


def rng():
    return np.random.default_rng(3)


@pytest.fixture
def frame():
    """Colours that change over the frame, with texture, 48 pixels wide and 32 high."""
    rows, columns = np.mgrid[0:32, 0:48]
    smooth = np.stack([4 * columns + 20, 3 * rows + 60, 200 - 2 * (rows + columns)], -1)
    return np.clip(smooth + rng().integers(-40, 40, smooth.shape), 0, 255).astype(np.uint8)


def grey(value, height=32, width=48):
    return np.full((height, width, 3), value, np.uint8)


def dot(height=41, width=41):
    """Black with one white pixel in the middle."""
    frame = grey(0, height, width)
    frame[height // 2, width // 2] = 255
    return frame


def centre_of(frame):
    """Mean (x, y) of the light."""
    weight = frame[:, :, 0].astype(float)
    rows, columns = np.indices(weight.shape)
    return (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()


@pytest.mark.parametrize("fault, level", EVERY_LEVEL)
def test_a_fault_gives_another_frame_of_the_same_kind(fault, level, frame):
    before = frame.copy()
    faulty = fault.apply(frame, level, rng())
    assert faulty.dtype == np.uint8
    assert faulty.shape == frame.shape
    assert not np.array_equal(faulty, frame)
    assert np.array_equal(frame, before)  # pure: its argument is left alone
    assert np.array_equal(faulty, fault.apply(frame, level, rng()))


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 2)], ids=str)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_tiny_frames_pass(fault, shape):
    assert fault.apply(grey(90, *shape), fault.levels[-1], rng()).shape == (*shape, 3)


@pytest.mark.parametrize("fault", [f for f in FAULTS if len(f.levels) > 1], ids=lambda f: f.name)
def test_each_level_is_further_from_the_picture(fault, frame):
    away = [
        np.abs(fault.apply(frame, level, rng()) - frame.astype(float)).mean()
        for level in fault.levels
    ]
    assert away == sorted(away)
    assert away[0] < away[-1]


@pytest.mark.parametrize(
    "stops, value, expected",
    [
        pytest.param(0, 77, 77, id="nothing"),
        pytest.param(1, 100, 137, id="twice the light: 100 x 2^(1/2.2)"),
        pytest.param(-2, 100, 53, id="a quarter of the light"),
        pytest.param(2.2, 100, 200, id="where the value doubles"),
        pytest.param(2.2, 128, 255, id="saturates"),
    ],
)
def test_exposure_by_hand(stops, value, expected):
    assert pixels.expose(grey(value), stops).max() == expected


def test_contrast_shrinks_around_the_mean():
    frame = np.concatenate([grey(50), grey(150)])
    faded = pixels.fade(frame, 0.5)
    assert set(np.unique(faded)) == {75, 125}


def test_noise_has_the_given_deviation_in_every_colour():
    noise = pixels.add_noise(grey(128, 200, 200), 8, rng()).astype(float) - 128
    assert noise.std(axis=(0, 1)) == pytest.approx([8, 8, 8], rel=0.03)
    assert abs(noise.mean()) < 0.2
    assert abs(np.corrcoef(noise[:, :, 0].ravel(), noise[:, :, 1].ravel())[0, 1]) < 0.05


def test_light_is_neutral_at_6500_kelvin_and_red_below(frame):
    assert np.array_equal(pixels.light(frame, 6500), frame)
    red, green, blue = pixels.light(grey(100), 3000)[0, 0]
    # Planck: 3000 K gives, for the same green, 1.600 times the red and 0.388 times the blue of
    # 6500 K; to the power of 1/2.2 that is 1.238 and 0.650.
    assert (red, green, blue) == (124, 100, 65)
    red, green, blue = pixels.light(grey(100), 15000)[0, 0]
    assert red < green < blue


def test_swapped_twice_is_right_again(frame):
    swapped = pixels.swap_red_and_blue(frame)
    assert tuple(swapped[0, 0]) == tuple(frame[0, 0, ::-1])
    assert np.array_equal(pixels.swap_red_and_blue(swapped), frame)


def test_jpeg_keeps_the_order_of_colours():
    orange = np.broadcast_to(np.array([230, 120, 20], np.uint8), (32, 32, 3)).copy()
    assert np.abs(pixels.jpeg(orange, 90).astype(int) - orange).max() <= 4


def test_defocus_spreads_an_edge_as_wide_as_said():
    edge = grey(0, 40, 40)
    edge[:, 20:] = 200
    slope = np.diff(geometry.defocus(edge, 0.05)[20, :, 0].astype(float))  # 2 pixels of 40
    places = np.arange(len(slope)) - (slope * np.arange(len(slope))).sum() / slope.sum()
    assert np.sqrt((slope * places**2).sum() / slope.sum()) == pytest.approx(2, rel=0.05)


def test_motion_smears_along_a_line_of_its_length_and_keeps_the_light():
    smeared = geometry.move(grey(200), 0.2, rng())
    assert np.array_equal(smeared, grey(200))
    light = geometry.move(dot(), 0.2, rng())[:, :, 0].astype(float)  # 0.2 of 41: 8.2 pixels
    rows, columns = np.nonzero(light > 12)
    assert np.hypot(np.ptp(rows), np.ptp(columns)) == pytest.approx(8.2, abs=1.5)
    across = np.linalg.svd(np.cov(rows, columns))[1]
    assert across[0] > 10 * across[1]  # a line, not a spot


def test_squeeze_brings_the_sides_nearer():
    frame = grey(0, 40, 41)
    frame[:, 30] = 255  # ten pixels right of the middle
    squeezed = geometry.squeeze(frame, 0.8)
    assert squeezed[20, :, 0].argmax() == 28  # eight pixels
    assert np.ptp(squeezed[:, 28, 0]) == 0  # heights stay


def test_shift_moves_by_its_length():
    x, y = centre_of(geometry.shift(dot(), 0.2, rng()))
    assert np.hypot(x - 20, y - 20) == pytest.approx(8.2, abs=0.1)


def test_tilt_turns_by_its_degrees_either_way():
    frame = grey(0, 41, 41)
    frame[20, 32] = 255  # twelve pixels right of the middle
    angles = set()
    for seed in range(8):
        x, y = centre_of(geometry.tilt(frame, 20, np.random.default_rng(seed)))
        assert np.hypot(x - 20, y - 20) == pytest.approx(12, abs=0.2)
        angles.add(round(np.degrees(np.arctan2(y - 20, x - 20))))
    assert angles == {-20, 20}
