"""The contact sheet: every frame has its place, and the file is whole or absent."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.drawing import drawable, scaled_to_fit, score_colour
from edge.errors import OutputError, UsageError
from edge.outputs.sheet import Sheet, SheetItem, draw_sheet, write_sheet
from edge.pictures import read_picture
from tests.edge.material import BLUE, GREEN, RED, decision, plain


def count_pixels(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    """How many pixels are about ``colour``: JPEG and scaling change it a little."""
    return int((np.abs(picture.astype(int) - colour).max(axis=2) < 12).sum())


def test_every_frame_is_on_the_sheet_in_reading_order(tmp_path: Path) -> None:
    items = [SheetItem(plain(colour), "x", 0.9) for colour in (RED, GREEN, BLUE, RED)]
    path = tmp_path / "sheet.png"
    write_sheet(path, items, title="model.tflite")
    sheet = read_picture(path)
    area = 208 * 156  # frames of 4:3 in a square of 208 pixels
    assert count_pixels(sheet, RED) == 2 * area
    assert count_pixels(sheet, GREEN) == area
    rows, columns = zip(
        *(np.argwhere((sheet == colour).all(axis=2))[0] for colour in (RED, GREEN, BLUE)),
        strict=True,
    )
    assert rows[0] == rows[1] == rows[2]
    assert columns[0] < columns[1] < columns[2]


@pytest.mark.parametrize("shape", [(32, 32), (1080, 1920), (1920, 1080), (1, 400), (400, 1)])
def test_frames_keep_their_shape(shape: tuple[int, int]) -> None:
    frame = np.zeros((*shape, 3), np.uint8)
    height, width = scaled_to_fit(frame, 208, 208).shape[:2]
    assert max(height, width) == 208
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.01) or min(height, width) == 1
    draw_sheet([SheetItem(frame, "any", 0.5)])


def test_the_score_shows_as_a_bar() -> None:
    def bar_length(score: float) -> int:
        sheet = draw_sheet([SheetItem(plain((9, 9, 9)), "", score)])
        return max((sheet == score_colour(score)).all(axis=2).sum(axis=1))

    assert bar_length(1.0) == pytest.approx(188, abs=2)
    assert bar_length(0.9) == pytest.approx(0.9 * 188, abs=2)
    assert bar_length(0.6) == pytest.approx(0.6 * 188, abs=2)


def test_labels_that_the_font_lacks_are_still_readable() -> None:
    assert drawable("crème brûlée") == "creme brulee"
    assert drawable("猫 A\n") == "? A?"


def test_a_long_label_stays_on_its_card() -> None:
    items = [SheetItem(plain((9, 9, 9)), label, 0.9) for label in ("a", "W" * 200)]
    short = draw_sheet([items[0], items[0]])
    long = draw_sheet([items[0], items[1]])
    assert (short[:, : 14 + 208] == long[:, : 14 + 208]).all(), "no letter on the neighbour"
    assert (short[:, 14 + 208 + 14 + 208 :] == long[:, 14 + 208 + 14 + 208 :]).all()


def test_a_long_run_is_kept_evenly_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    sheet = Sheet(path, title="model.tflite")
    for number in range(1000):
        sheet.show(decision(frame=plain(RED, 32, 32), number=number))
    assert len(sheet._items) <= 60
    numbers = [int(item.note.removeprefix("frame ")) for item in sheet._items]
    gaps = np.diff(numbers)
    assert numbers[0] == 0
    assert set(gaps) == {gaps[0]}
    assert numbers[-1] + gaps[0] >= 1000
    sheet.close()
    assert count_pixels(read_picture(path), RED) == len(numbers) * 208 * 208


def test_no_frame_no_sheet(tmp_path: Path) -> None:
    Sheet(tmp_path / "sheet.png", title="").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["sheet.gif", "sheet", "folder.png"])
def test_a_name_that_is_no_picture_is_wrong_usage_before_the_run(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UsageError, match=name):
        Sheet(tmp_path / name, title="")


def test_a_jpeg_sheet_is_a_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "sheet.JPG"
    write_sheet(path, [SheetItem(plain(RED), "x", 0.9)])
    assert path.read_bytes().startswith(b"\xff\xd8")
    assert cv2.imread(str(path)) is not None


def test_a_sheet_below_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"sheet.png: cannot be written"):
        write_sheet(tmp_path / "file" / "sheet.png", [SheetItem(plain(RED), "x", 0.9)])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
