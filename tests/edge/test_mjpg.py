"""Frames of an MJPG camera, whole and damaged, as they come over USB."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.sources.mjpg import MjpgDecoder, pixel_count
from tests.edge.material import RED, plain

PICTURE = cv2.imencode(".jpg", cv2.cvtColor(plain(RED), cv2.COLOR_RGB2BGR))[1].tobytes()
SIZE_AT = PICTURE.index(b"\xff\xc0") + 5  # height and width, two bytes each, in the start of frame


def of_size(width: int, height: int) -> bytes:
    """The picture with another size in its header."""
    size = height.to_bytes(2) + width.to_bytes(2)
    return PICTURE[:SIZE_AT] + size + PICTURE[SIZE_AT + 4 :]


def test_the_header_tells_the_size() -> None:
    assert pixel_count(PICTURE) == 64 * 48
    assert pixel_count(of_size(65_535, 2)) == 131_070
    assert pixel_count(PICTURE[:2] + b"\xff\xff" + PICTURE[2:]) == 64 * 48, "with fill bytes"


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(PICTURE[: SIZE_AT + 3], id="cut in the header"),
        pytest.param(b"\xff\xd8" + bytes(100), id="zeros"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\xff" * 100, id="a segment without an end"),
    ],
)
def test_a_header_without_a_size_has_no_pixels(encoded: bytes) -> None:
    assert pixel_count(encoded) == 0


@pytest.mark.parametrize(
    ("encoded", "is_whole"),
    [
        pytest.param(PICTURE, True, id="whole"),
        pytest.param(PICTURE + bytes(100), True, id="padded"),
        pytest.param(PICTURE[:-20], False, id="cut short"),
        pytest.param(of_size(65_500, 65_500), False, id="a size at which OpenCV raises"),
        pytest.param(of_size(30_000, 30_000), False, id="a size of five gigabytes"),
        pytest.param(of_size(0, 48), False, id="no width"),
    ],
)
def test_only_whole_pictures_are_decoded(encoded: bytes, is_whole: bool) -> None:
    decoder = MjpgDecoder(most_pixels=2 * 64 * 48)
    frame = decoder.decode(np.frombuffer(encoded, np.uint8))
    decoder.close()
    assert (frame is not None) == is_whole
    if frame is not None:
        assert frame.shape == (48, 64, 3)
        assert np.abs(frame[20, 20].astype(int) - RED[::-1]).max() <= 2
