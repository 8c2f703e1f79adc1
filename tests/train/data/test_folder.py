"""train.data.folder: photos of every usual kind become pictures of one size; the rest is told."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest
from PIL import Image

from edge.errors import DataError
from tests.train.material import read_photos as read
from train.data.source import load, pictures_of


def picture(dataset, name):
    """The pixels that came from a file."""
    for part in (dataset.train, dataset.validation, dataset.test):
        if name in part.names:
            return part.pixels[part.names.tolist().index(name)]
    raise AssertionError(f"{name} is in no part")


def test_seven_tenths_train_one_validates_two_judge(photos):
    data = read(photos)
    assert data.labels == ("blue", "green", "red")
    for part, count in ((data.train, 28), (data.validation, 4), (data.test, 8)):
        assert np.bincount(part.class_ids).tolist() == [count] * 3
        assert part.pixels.shape[1:] == (32, 32, 3)
    names = [*data.train.names, *data.validation.names, *data.test.names]
    assert len(set(names)) == 120
    assert all(name.split("/")[0] in data.labels for name in names)


def test_class_and_name_belong_together(photos):
    data = read(photos)
    for part in (data.train, data.validation, data.test):
        for class_id, name in zip(part.class_ids, part.names, strict=True):
            assert data.labels[class_id] == name.split("/")[0]


def test_the_seed_decides_the_split(photos):
    assert read(photos).test.names.tolist() == read(photos).test.names.tolist()
    assert read(photos).test.names.tolist() != read(photos, seed=1).test.names.tolist()


def test_a_picture_is_what_the_device_would_see(folder):
    half = np.zeros((40, 80, 3), np.uint8)
    half[:, :40] = (10, 20, 30)
    half[:, 40:] = (200, 100, 50)
    Image.fromarray(half).save(folder / "red" / "half.png")
    pixels = picture(read(folder), "red/half.png")
    assert pixels[16, 4].tolist() == [10, 20, 30]  # the centre is cut out, nothing is squeezed
    assert pixels[16, 28].tolist() == [200, 100, 50]


def kinds(folder):
    """The same red-above-blue picture in the ways cameras and editors save it."""
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[:20], rgb[20:] = (200, 30, 30), (30, 30, 200)
    image = Image.fromarray(rgb)
    image.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side: turn it clockwise to see it
    image.rotate(90, expand=True).save(folder / "turned.jpg", exif=exif, quality=95)
    image.convert("RGBA").save(folder / "alpha.png")
    cv2.imwrite(str(folder / "sixteen.png"), rgb[:, :, ::-1].astype(np.uint16) * 257)


@pytest.mark.parametrize("name", ["cmyk.jpg", "turned.jpg", "alpha.png", "sixteen.png"])
def test_unusual_pictures_look_as_they_should(folder, name):
    kinds(folder / "red")
    pixels = picture(read(folder), f"red/{name}").astype(int)
    assert np.abs(pixels[6, 16] - (200, 30, 30)).max() < 40
    assert np.abs(pixels[26, 16] - (30, 30, 200)).max() < 40


def test_grey_pictures_become_rgb(folder):
    Image.fromarray(np.full((40, 40), 99, np.uint8)).save(folder / "red" / "grey.png")
    assert (picture(read(folder), "red/grey.png") == 99).all()


def test_see_through_parts_are_white(folder):
    clear = np.zeros((40, 40, 4), np.uint8)
    Image.fromarray(clear).save(folder / "red" / "clear.png")
    assert (picture(read(folder), "red/clear.png") == 255).all()


def test_files_that_cannot_be_used_are_listed_and_left_out(folder):
    photo = folder / "red" / "cut.jpg"
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(photo)
    photo.write_bytes(photo.read_bytes()[:300])
    (folder / "red" / "empty.png").touch()
    (folder / "red" / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "blue" / "notes.txt").write_text("hello")
    (folder / "loose.png").touch()
    for junk in ("blue/.DS_Store", "blue/Thumbs.db", "blue/._1.jpg", "desktop.ini"):
        (folder / junk).touch()
    data = read(folder)
    assert sum(map(len, (data.train, data.validation, data.test))) == 120
    assert len(data.skipped) == 5
    told = "\n".join(data.skipped)
    for name in ("cut.jpg: ", "empty.png: ", "gone.png: no such", "notes.txt: ", ": loose.png"):
        assert name in told


@pytest.mark.parametrize(
    "name, remedy",
    [
        ("IMG_1.HEIC", "HEIC is not read here; save it as JPEG"),
        ("sent.jpg", "a HEIC photo; HEIC is not read here; save it as JPEG"),
        ("party.gif", "not read; save it as JPEG or PNG"),
        ("IMG_2.CR2", "a raw photo; save it as JPEG"),
        ("IMG_3.MOV", "a video; save frames of it"),
        ("all.zip", "an archive; unpack it"),
    ],
)
def test_the_remedy_for_other_formats_is_named(folder, name, remedy):
    path = folder / "red" / name
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (line,) = read(folder).skipped
    assert line.startswith(f"{path}: {remedy}")


def test_pictures_of_other_formats_under_another_name_are_told(folder):
    frames = [Image.fromarray(np.full((32, 32, 3), grey, np.uint8)) for grey in (0, 200)]
    gif, avif = folder / "red" / "party.jpg", folder / "red" / "new.jpg"
    frames[0].save(gif, format="GIF", save_all=True, append_images=frames[1:])
    avif.write_bytes(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1")
    told = "\n".join(read(folder).skipped)
    assert f"{gif}: a GIF picture, which is not read; save it as JPEG or PNG" in told
    assert f"{avif}: an AVIF picture, which is not read; save it as JPEG or PNG" in told


def test_an_animated_webp_picture_is_read_or_told(folder):
    frames = [Image.fromarray(np.full((32, 32, 3), grey, np.uint8)) for grey in (0, 200)]
    path = folder / "red" / "party.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    told = read(folder).skipped  # OpenCV reads the first frame from some version on
    assert not told or told[0].startswith(f"{path}: an animated WebP picture, which is not read")
    path.write_bytes(path.read_bytes()[:18])
    assert [f"{path}: the picture is cut short" in line for line in read(folder).skipped] == [True]


def test_webp_is_read(folder):
    Image.fromarray(np.full((40, 40, 3), 77, np.uint8)).save(folder / "red" / "one.webp")
    assert np.abs(picture(read(folder), "red/one.webp").astype(int) - 77).max() < 5


def test_a_picture_that_claims_to_fill_the_memory_is_skipped(folder):
    small = folder / "red" / "bomb.png"
    Image.new("L", (8, 8)).save(small)
    data = bytearray(small.read_bytes())
    data[16:24] = struct.pack(">II", 200_000, 200_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    small.write_bytes(data)
    (line,) = read(folder).skipped
    assert line.startswith(f"{small}: ")


def test_names_may_hold_spaces_and_any_letter(folder):
    (folder / "red").rename(folder / "zwölf rote  Äpfel 🍎")
    odd = os.fsencode(folder / "blue") + b"/caf\xe9.png"  # no UTF-8, as old cameras write
    shutil.copy(folder / "blue" / "01.png", odd)
    data = read(folder)
    assert data.labels == ("blue", "green", "zwölf rote Äpfel 🍎")
    names = [*data.train.names, *data.validation.names, *data.test.names]
    assert "blue/caf?.png" in names
    "\n".join([*names, *data.notes, *data.skipped]).encode()


def test_links_in_circles_end(folder):
    (folder / "red" / "again").symlink_to(folder / "red")
    (folder / "red" / "self").symlink_to(folder / "red" / "self")
    data = read(folder)
    assert len(data.train) + len(data.validation) + len(data.test) == 120
    told = "\n".join(data.skipped)
    assert "again: links back to a folder that holds it; skipped" in told


def test_a_link_to_the_data_brings_no_other_class_along(folder):
    (folder / "red" / "all").symlink_to(folder)
    data = read(folder)
    assert len(data.train) + len(data.validation) + len(data.test) == 120
    assert "all: links back to a folder that holds it; skipped" in "\n".join(data.skipped)


def test_a_pipe_does_not_hang(folder):
    os.mkfifo(folder / "red" / "pipe.jpg")
    data = read(folder)
    assert "pipe.jpg: a pipe, socket or device, no file; skipped" in "\n".join(data.skipped)


def test_a_photo_saved_again_for_another_class_is_told_and_stays_in_one_part(folder):
    frame = Image.open(folder / "red" / "00.png").resize((96, 80))
    frame.save(folder / "green" / "again.jpg")
    for seed in range(5):
        data = load(str(folder), size=32, seed=seed)
        parts = (data.train, data.validation, data.test)
        pair = {"red/00.png", "green/again.jpg"}
        assert [len(pair & set(part.names.tolist())) for part in parts].count(2) == 1
        (told,) = [note for note in data.notes if "two classes" in note]
        assert "1 scene is in two classes, almost equal pictures: " in told
        assert all(name in told for name in pair)


def test_what_may_not_be_read_is_told():
    # Not tmp_path: only its owner may enter it, and permissions do not stop root.
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        rng = np.random.default_rng(0)
        for label in ("a", "b", "c"):
            (folder / label).mkdir()
            for number in range(5):
                cv2.imwrite(
                    str(folder / label / f"{number}.png"), rng.integers(0, 255, (9, 9, 3), np.uint8)
                )
        (folder / "a" / "0.png").chmod(0)
        (folder / "c").chmod(0)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            data = read(folder)
        finally:
            if is_root:
                os.seteuid(0)
            (folder / "c").chmod(0o755)
        assert data.labels == ("a", "b")
        told = "\n".join(data.skipped)
        assert f"{folder / 'c'}: cannot be listed (Permission denied); skipped" in told
        assert "0.png: cannot be read (Permission denied)" in told


@pytest.mark.parametrize(
    "count, parts", [(1, (1, 0, 0)), (2, (1, 0, 1)), (3, (1, 1, 1)), (4, (2, 1, 1))]
)
def test_a_class_of_few_photos_is_learned_and_told(folder, count, parts):
    for path in sorted((folder / "red").iterdir())[count:]:
        path.unlink()
    data = read(folder)
    counts = [np.bincount(p.class_ids, minlength=3)[2] for p in (data.train, data.validation)]
    assert (*counts, np.bincount(data.test.class_ids, minlength=3)[2]) == parts
    (note,) = data.notes
    assert note.startswith(f"class red: {count} picture(s), {parts[2]} of them to judge by")


def test_an_error_brings_along_what_was_noticed_before_it(folder):
    for label in ("red", "green"):
        for path in (folder / label).iterdir():
            path.rename(path.with_suffix(".heic"))
    with pytest.raises(DataError, match="has 1 class") as caught:
        read(folder)
    lines = caught.value.__notes__
    assert len(lines) == 21
    assert lines[0].startswith(f"warning: {folder / 'green' / '00.heic'}: HEIC is not read here")
    assert lines[-1] == "warning: and 62 more lines such as these"  # 80 photos, two classes


def test_everything_is_listed_before_it_is_divided(folder):
    (folder / "red" / "empty.png").touch()
    listing = pictures_of(str(folder))
    assert (listing.name, listing.labels, listing.count) == (
        "colours",
        ("blue", "green", "red"),
        121,
    )
    assert listing.skipped == []  # read while they are taken
    pictures = list(listing.pictures)
    assert len(pictures) == 120 and pictures[0].frame.shape == (40, 48, 3)
    assert pictures[0].name == "blue/00.png" and pictures[0].class_id == 0
    assert [line.split(": ")[0] for line in listing.skipped] == [str(folder / "red" / "empty.png")]
