"""Pictures of one's own: folders and arrays of every usual shape, and what is wrong with others."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from convert.calibration import choose, folder, read_pool
from edge.camera import main as camera
from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels
from tests.convert.scenes import scene, scenes
from tests.edge.material import COLOURS, write_picture, write_video

LABELS = ("cat", "dog", "owl")
SPEC = FrameToInput(width=16, height=16, channels=3)


def read(path, spec=SPEC, said=None):
    warnings = [] if said is None else said
    pictures = read_pool(path, LABELS, spec, warn=warnings.append)
    assert said is not None or not warnings
    return pictures


def fault_of(path, spec=SPEC):
    with pytest.raises(DataError) as caught:
        read_pool(path, LABELS, spec, warn=lambda text: None)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and ";" in message and "\n" not in message
    return message


def classes(folder, **counts):
    """``folder`` with so many pictures of each class."""
    for number, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            write_picture(folder / name / f"{i}.png", scene(100 * number + i, 40, 30))
    return folder


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_class_folders_give_the_classes_of_the_model(tmp_path):
    pictures = read(classes(tmp_path, owl=2, cat=1))
    assert pictures.names.tolist() == ["cat/0.png", "owl/0.png", "owl/1.png"]
    assert pictures.class_ids.tolist() == [0, 2, 2]
    assert np.array_equal(pictures.pixels[0], to_pixels(scene(100, 40, 30), SPEC))
    assert pictures.sizes.tolist() == [[40, 30]] * 3


def test_a_folder_without_classes_leaves_them_unknown(tmp_path):
    for number, suffix in enumerate((".png", ".jpg", ".bmp")):
        write_picture(tmp_path / f"{number}{suffix}", scene(number, 30 + number, 90))
    (tmp_path / "notes.txt").write_text("mine")
    pictures = read(tmp_path)
    assert pictures.class_ids.tolist() == [-1] * 3
    assert pictures.sizes.tolist() == [[30, 90], [31, 90], [32, 90]]
    assert pictures.pixels.shape == (3, 16, 16, 3)


def test_both_may_lie_side_by_side(tmp_path):
    write_picture(classes(tmp_path, dog=1) / "loose.png", scene(7))
    assert read(tmp_path).class_ids.tolist() == [-1, 1]


def test_a_photo_is_turned_as_its_exif_says(tmp_path):
    upright = cv2.resize(scene(3), (48, 32))
    lying = np.rot90(upright)  # orientation 6: turn it by 90 degrees clockwise to see it
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(lying, cv2.COLOR_RGB2BGR))[1].tobytes()
    tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (tmp_path / "lying.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    pictures = read(tmp_path)
    assert pictures.sizes.tolist() == [[48, 32]]
    assert np.abs(pictures.pixels[0].astype(int) - to_pixels(upright, SPEC)).mean() < 4


def test_broken_files_are_skipped_with_a_line_each(tmp_path):
    classes(tmp_path, cat=2)
    (tmp_path / "cat" / "1.png").write_bytes(b"\x89PNG no")
    (tmp_path / "cat" / "empty.jpg").touch()
    said = []
    assert read(tmp_path, said=said).names.tolist() == ["cat/0.png"]
    assert [line.split(":")[0] for line in said] == [
        str(tmp_path / "cat" / "1.png"),
        str(tmp_path / "cat" / "empty.jpg"),
    ]
    assert all(line.endswith("; skipped") for line in said)


def test_of_too_many_pictures_a_random_part_of_all_classes_is_read(tmp_path, monkeypatch):
    classes(tmp_path, cat=30, dog=30)
    monkeypatch.setattr(folder, "_MOST_PICTURES", 20)
    said = []
    pictures = read(tmp_path, said=said)
    assert said == [f"{tmp_path}: holds 60 pictures; a random 20 of them are read"]
    assert 4 < (pictures.class_ids == 0).sum() < 16
    assert pictures.names.tolist() == read(tmp_path, said=[]).names.tolist()


def test_arrays_give_training_pictures_and_never_test_pictures(tmp_path):
    train, test = scenes(4), scenes(3, first=50)
    path = npz(tmp_path / "a.npz", x_train=train, y_train=[[2], [0], [1], [2]], x_test=test)
    pictures = read(path, FrameToInput(32, 32, 3))
    assert np.array_equal(pictures.pixels, train)
    assert pictures.class_ids.tolist() == [2, 0, 1, 2]
    assert pictures.names[3] == "x_train[3]"


def test_the_arrays_of_a_run_folder_are_read_too(tmp_path):
    path = npz(tmp_path / "calibration.npz", pixels=scenes(2, size=40), class_ids=[1, -1])
    pictures = read(path)
    assert pictures.class_ids.tolist() == [1, -1]
    assert pictures.pixels.shape == (2, 16, 16, 3), "large ones are shrunk at once"
    assert pictures.sizes.tolist() == [[40, 40]] * 2


def test_classes_of_arrays_are_found_by_their_own_labels(tmp_path):
    path = npz(tmp_path / "a.npz", pixels=scenes(3), class_ids=[0, 1, -1], labels=["owl", "cat"])
    assert read(path).class_ids.tolist() == [2, 0, -1]


def test_grey_pictures_suit_a_colour_model_and_colour_a_grey_one(tmp_path):
    grey = npz(tmp_path / "grey.npz", x_train=scenes(2, channels=1)[..., 0])
    chosen = choose(read(grey), LABELS, SPEC, 2, seed=0)
    assert chosen.pixels.shape == (2, 16, 16, 3)
    colour = classes(tmp_path / "colour", cat=1)
    assert read(colour, FrameToInput(16, 16, 1)).pixels.shape == (1, 16, 16, 1)


def test_small_arrays_are_enlarged_only_when_chosen(tmp_path):
    spec = FrameToInput(width=224, height=224, channels=3)
    pictures = read(npz(tmp_path / "a.npz", x_train=scenes(50)), spec)
    assert pictures.pixels.shape == (50, 32, 32, 3)
    chosen = choose(pictures, LABELS, spec, 3, seed=0)
    assert chosen.pixels.shape == (3, 224, 224, 3)
    assert chosen.sizes.tolist() == [[32, 32]] * 3


def test_frames_that_the_device_saved_are_read_in_their_colours(tmp_path, capfd):
    frames = [scene(number, 64, 48) for number in range(6)]
    clip = write_video(tmp_path / "clip.avi", frames, fps=30)
    options = ["--source", str(clip), "--max-rate", "--save-every", "0", "--threads", "1"]
    saved = tmp_path / "frames"
    assert camera(["--model", str(COLOURS), *options, "--save-frames", str(saved)]) == 0
    capfd.readouterr()
    pictures = read(saved)
    assert len(pictures) == 6
    for pixels, frame in zip(pictures.pixels, frames, strict=True):
        assert np.abs(pixels.astype(int) - to_pixels(frame, SPEC)).mean() < 8, "the clip is lossy"


def test_no_place_and_no_format_are_told(tmp_path):
    assert "no such folder or file; " in fault_of(tmp_path / "photos")
    (tmp_path / "photos.zip").touch()
    assert "neither a folder nor an .npz file; " in fault_of(tmp_path / "photos.zip")


def test_a_folder_without_a_readable_picture_is_told(tmp_path):
    assert "holds no pictures" in fault_of(tmp_path)
    (tmp_path / "cat").mkdir()
    assert "holds no pictures" in fault_of(tmp_path)
    (tmp_path / "cat" / "a.jpg").write_bytes(b"\xff\xd8\xff")
    assert "none of its 1 pictures can be read" in fault_of(tmp_path)


def test_a_class_that_the_model_lacks_is_told_with_those_it_has(tmp_path):
    message = fault_of(classes(tmp_path, cat=1, cow=1))
    assert "the model has no class cow (it has cat, dog, owl); rename" in message


X = scenes(3)
BAD_ARRAYS = [
    pytest.param({"x_test": X}, "neither an array x_train nor pixels", id="no training pictures"),
    pytest.param({"x_train": X / 255}, "x_train is float64", id="normalised already"),
    pytest.param({"pixels": X.astype(np.int8)}, "pixels is int8", id="quantized already"),
    pytest.param({"x_train": X[..., [0, 1, 2, 2]]}, r"shape (3, 32, 32, 4)", id="four channels"),
    pytest.param({"x_train": X[0, 0]}, "shape (32, 3)", id="no pictures"),
    pytest.param({"x_train": X[:0]}, "shape (0, 32, 32, 3)", id="empty"),
    pytest.param({"x_train": X.reshape(3, 1, -1)}, "holds no pictures", id="flattened"),
    pytest.param({"x_train": X, "y_train": [0, 1]}, "y_train has shape (2,)", id="classes missing"),
    pytest.param({"x_train": X, "y_train": [0.0, 1, 2]}, "type float64", id="classes no numbers"),
    pytest.param({"x_train": X, "y_train": np.eye(3, dtype=int)}, "(3, 3)", id="one-hot"),
    pytest.param({"x_train": X, "y_train": [0, 1, 3]}, "class number 3", id="one class too many"),
    pytest.param({"x_train": X, "y_train": [0, 1, -2]}, "class number -2", id="below -1"),
    pytest.param(
        {"x_train": X, "y_train": [0, 1, 0], "labels": ["cat", "cow"]}, "no class cow", id="labels"
    ),
]


@pytest.mark.parametrize("arrays, fault", BAD_ARRAYS)
def test_arrays_that_cannot_be_used_are_told(arrays, fault, tmp_path):
    assert fault in fault_of(npz(tmp_path / "a.npz", **arrays))


def test_a_damaged_file_of_arrays_is_told(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK no")
    assert "not a readable .npz file" in fault_of(tmp_path / "a.npz")
