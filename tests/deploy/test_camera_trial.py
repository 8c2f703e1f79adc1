from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from deploy.emulator.camera_plan import FRAMES, SIZE
from deploy.emulator.camera_trial import alternating, yuyv
from deploy.emulator.guest import REPOSITORY


def test_neighbours_among_the_played_pictures_have_other_labels():
    order = alternating(sorted((REPOSITORY / FRAMES).glob("*.jpg")))
    labels = [path.stem.partition("_")[2] for path in order]
    assert len(order) == len(set(order)) == 12
    assert all(one != next_one for one, next_one in pairwise(labels))


@pytest.mark.parametrize("height, width", [(240, 320), (320, 240), (100, 100), (479, 641)])
def test_the_middle_square_of_a_picture_is_that_of_the_frame(height: int, width: int):
    rows, columns = np.indices((height, width))
    planes = (columns * 255 // width, rows * 255 // height, np.full_like(rows, 90))
    picture = np.stack(planes, axis=2).astype(np.uint8)
    raw = np.frombuffer(yuyv(picture), np.uint8).reshape(SIZE[1], SIZE[0], 2)
    frame = cv2.cvtColor(raw, cv2.COLOR_YUV2BGR_YUY2)

    side, top, left = min(height, width), *((s - min(height, width)) // 2 for s in (height, width))
    square = picture[top : top + side, left : left + side]
    expected = cv2.resize(square, (480, 480), interpolation=cv2.INTER_AREA)
    shown = frame[:, 80:560]
    assert np.abs(shown.astype(int) - expected).mean() < 3
    # Beside it is grey.
    assert np.abs(frame[:, :70].astype(int) - 127).max() <= 3
