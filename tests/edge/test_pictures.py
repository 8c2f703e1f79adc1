"""edge.pictures: every kind of picture becomes RGB, every broken one an error that names it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import SourceError
from edge.pictures import list_pictures, read_picture

# 16x16, all (200, 40, 90), saved as CMYK by Pillow.
CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBg"
    "gLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgME"
    "BQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJCh"
    "YXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqi"
    "o6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASw"
    "AAPwD9IK/J+vmev38oooooooooooor/9k="
)
GREY_ALPHA_PNG = base64.b64decode(  # 4x2, grey 100, alpha 128
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAQAAADVobXoAAAAFElEQVR4nGNMaWBgYGBgYGBigAIADtoA6BWBBqcAAA"
    "AASUVORK5CYII="
)
# 16x8, left half red and right half blue, EXIF orientation 6: to be turned clockwise.
TURNED = {
    "png": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAABAAAAAICAIAAAB/FOjAAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABgAAAA"
        "AAANZnS2kAAAAaSURBVHicY/zPgB0wMmCXYcKhHicY1UAMAAAAcAIPs3rnqQAAAABJRU5ErkJggg=="
    ),
    "webp": base64.b64decode(
        "UklGRloAAABXRUJQVlA4WAoAAAAIAAAADwAABwAAVlA4TBkAAAAvD8ABAA8Q87//8x8OxILJ/KU7U4jof+QAAE"
        "VYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA="
    ),
}
EXIF_ORIENTATION_6 = (
    b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
)


def encoded(picture: np.ndarray, suffix: str) -> bytes:
    """The file of a BGR, BGRA or grey picture."""
    ok, data = cv2.imencode(suffix, picture)
    assert ok
    return data.tobytes()


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def bgr(blue: int, green: int, red: int, height: int = 16, width: int = 24) -> np.ndarray:
    return np.full((height, width, 3), (blue, green, red), np.uint8)


@pytest.fixture
def noise() -> np.ndarray:
    """A picture that does not compress to almost nothing."""
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".ppm"])
def test_lossless_kinds_come_out_as_rgb(tmp_path, suffix):
    frame = read_picture(written(tmp_path, f"a{suffix}", encoded(bgr(10, 20, 30), suffix)))
    assert frame.shape == (16, 24, 3)
    assert frame.dtype == np.uint8
    assert frame[0, 0].tolist() == [30, 20, 10]


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_kinds_come_out_as_rgb(tmp_path, suffix):
    frame = read_picture(written(tmp_path, f"a{suffix}", encoded(bgr(10, 100, 200), suffix)))
    assert np.abs(frame.astype(int) - (200, 100, 10)).max() <= 4


def test_any_name_will_do(tmp_path):
    path = written(tmp_path, "Käfer 🐞 in Ω.jpg", encoded(bgr(1, 2, 3), ".png"))
    assert read_picture(path).shape == (16, 24, 3)


def test_grey_becomes_three_equal_channels(tmp_path):
    grey = np.full((4, 4), 77, np.uint8)
    assert (read_picture(written(tmp_path, "a.png", encoded(grey, ".png"))) == 77).all()
    assert read_picture(written(tmp_path, "a.jpg", encoded(grey, ".jpg"))).shape == (4, 4, 3)


def test_sixteen_bits_become_eight(tmp_path):
    deep = np.full((4, 4, 3), (0x1234, 0x8000, 0xFFFF), np.uint16)
    frame = read_picture(written(tmp_path, "a.png", encoded(deep, ".png")))
    assert frame[0, 0].tolist() == [0xFF, 0x80, 0x12]


def test_see_through_parts_lie_on_white(tmp_path):
    bgra = np.array([[(0, 0, 255, 255), (0, 0, 255, 0), (0, 0, 255, 51)]] * 2, np.uint8)
    frame = read_picture(written(tmp_path, "a.png", encoded(bgra, ".png")))
    # 51 is a fifth: 255 * 4/5 = 204 of white shines through green and blue.
    assert frame[0].tolist() == [[255, 0, 0], [255, 255, 255], [255, 204, 204]]


def test_grey_with_transparency(tmp_path):
    frame = read_picture(written(tmp_path, "a.png", GREY_ALPHA_PNG))
    assert frame.shape == (2, 4, 3)
    assert (frame == 177).all()  # (100 * 128 + 255 * 127) / 255


def test_cmyk_becomes_rgb(tmp_path):
    frame = read_picture(written(tmp_path, "a.jpg", CMYK_JPEG))
    assert np.abs(frame.astype(int) - (200, 40, 90)).max() <= 3


@pytest.mark.parametrize("kind", sorted(TURNED))
def test_exif_turns_png_and_webp(tmp_path, kind):
    frame = read_picture(written(tmp_path, f"a.{kind}", TURNED[kind]))
    assert frame.shape == (16, 8, 3)
    assert frame[0, 0].tolist() == [255, 0, 0]
    assert frame[-1, 0].tolist() == [0, 0, 255]


def test_exif_turns_jpeg(tmp_path):
    wide = np.concatenate([bgr(0, 0, 255), bgr(255, 0, 0)], axis=1)
    jpeg = encoded(wide, ".jpg")
    frame = read_picture(written(tmp_path, "a.jpg", jpeg[:2] + EXIF_ORIENTATION_6 + jpeg[2:]))
    assert frame.shape == (48, 16, 3)
    assert frame[0, 0, 0] > 200 and frame[-1, 0, 2] > 200  # red above, blue below


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
def test_a_picture_that_is_cut_short_is_refused(tmp_path, noise, suffix, share, capfd):
    data = encoded(noise, suffix)
    path = written(tmp_path, f"half{suffix}", data[: int(len(data) * share)])
    with pytest.raises(SourceError, match=rf"half\{suffix}: .*(delete it)"):
        read_picture(path)
    assert capfd.readouterr().err == ""


def test_a_cut_jpeg_with_a_whole_thumbnail_is_refused(tmp_path, noise):
    thumbnail = encoded(bgr(1, 2, 3), ".jpg")
    segment = b"\xff\xe2" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    jpeg = encoded(noise, ".jpg")
    whole = jpeg[:2] + segment + jpeg[2:]
    assert read_picture(written(tmp_path, "whole.jpg", whole)).shape == (64, 64, 3)
    with pytest.raises(SourceError, match="cut short"):
        read_picture(written(tmp_path, "half.jpg", whole[: len(whole) * 3 // 4]))


def test_a_jpeg_with_something_behind_its_end_is_whole(tmp_path, noise):
    path = written(tmp_path, "motion.jpg", encoded(noise, ".jpg") + b"a film of a second or two")
    assert read_picture(path).shape == (64, 64, 3)


def with_hole(data: bytes) -> bytes:
    """The file with zero bytes in its middle third, as a half-done copy leaves it."""
    start, end = len(data) // 3, len(data) * 2 // 3
    return data[:start] + bytes(end - start) + data[end:]


@pytest.mark.parametrize("options", [[], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]])
@pytest.mark.parametrize("detail", ["little", "rich"])
def test_a_jpeg_with_a_hole_is_refused(tmp_path, capfd, detail, options):
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    if detail == "little":
        picture = cv2.GaussianBlur(picture, (0, 0), 4)
    jpeg = cv2.imencode(".jpg", picture, options)[1].tobytes()
    path = written(tmp_path, "hole.jpg", with_hole(jpeg))
    with pytest.raises(
        SourceError, match=r"hole\.jpg: damaged, .* lost; save it again .*delete it"
    ):
        read_picture(path)
    assert capfd.readouterr().err == ""


def test_a_jpeg_that_lacks_a_restart_marker_is_refused(tmp_path, noise, capfd):
    jpeg = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_RST_INTERVAL, 1])[1].tobytes()
    first, third = jpeg.index(b"\xff\xd0"), jpeg.index(b"\xff\xd2")
    with pytest.raises(SourceError, match="damaged, "):
        read_picture(written(tmp_path, "a.jpg", jpeg[:first] + jpeg[third:]))
    assert capfd.readouterr().err == ""


def test_a_damaged_png_is_refused_without_a_line_of_libpng(tmp_path, noise, capfd):
    data = bytearray(encoded(noise, ".png"))
    start = len(data) // 2
    data[start : start + 60] = bytes(byte ^ 0x55 for byte in data[start : start + 60])
    with pytest.raises(SourceError, match="damaged, "):
        read_picture(written(tmp_path, "a.png", bytes(data)))
    assert capfd.readouterr().err == ""


def harmless_oddities() -> dict[str, bytes]:
    """Whole pictures about which libjpeg or libpng complain nevertheless."""
    jpeg = encoded(bgr(10, 100, 200, 64, 64), ".jpg")
    icc = b"\xff\xe2\0\x16ICC_PROFILE\0\x07\x02no ICC"  # number 7 of 2
    exif = b"\xff\xe1\0\x10Exif\0\0II*\0\xff\xff\xff\xff"
    png = encoded(bgr(10, 100, 200, 64, 64), ".png")
    text = b"\0\0\0\x03tEXta\0b" + b"none"  # a wrong checksum
    header = 8 + 25
    return {
        "padded": jpeg[:-2] + bytes(2000) + jpeg[-2:],
        "padded with what lay there": jpeg[:-2] + bytes(range(40)) + jpeg[-2:],
        "JFIF of a later version": jpeg.replace(b"JFIF\0\x01", b"JFIF\0\x03", 1),
        "bad colour profile": jpeg[:2] + icc + jpeg[2:],
        "bad EXIF": jpeg[:2] + exif + jpeg[2:],
        "unknown colour transform": jpeg[:2] + b"\xff\xee\0\x0eAdobe\0d\0\0\0\0\x05" + jpeg[2:],
        "text of a PNG": png[:header] + text + png[header:],
    }


@pytest.mark.parametrize("oddity", harmless_oddities())
def test_complaints_about_a_whole_picture_are_no_damage(tmp_path, capfd, oddity):
    frame = read_picture(written(tmp_path, "odd", harmless_oddities()[oddity]))
    assert np.abs(frame.astype(int) - (200, 100, 10)).max() <= 4
    assert capfd.readouterr().err == ""


def test_lines_of_others_come_through(tmp_path, monkeypatch, capfd):
    decode = cv2.imdecode

    def talking(*arguments):
        os.write(2, b"a line of another thread\n")
        return decode(*arguments)

    monkeypatch.setattr(cv2, "imdecode", talking)
    read_picture(written(tmp_path, "a.png", encoded(bgr(1, 2, 3), ".png")))
    assert capfd.readouterr().err == "a line of another thread\n"


def test_pictures_are_read_without_a_stderr(tmp_path):
    path = written(tmp_path, "a.png", encoded(bgr(1, 2, 3), ".png"))
    code = "import sys; from pathlib import Path; from edge.pictures import read_picture; "
    code += "print(read_picture(Path(sys.argv[1])).shape)"
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.stdout == "(16, 24, 3)\n"


@pytest.mark.parametrize(
    "data, fault",
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\xff\xd8\xff", "cut short", id="three bytes of JPEG"),
        pytest.param(b"hello world" * 50, "not a picture", id="text"),
        pytest.param(bytes(1000), "not a picture", id="zeros"),
        pytest.param(b"GIF89a" + bytes(50), "not a picture", id="broken GIF"),
    ],
)
def test_what_is_no_picture_is_named_with_its_fault(tmp_path, data, fault):
    with pytest.raises(SourceError) as caught:
        read_picture(written(tmp_path, "x.jpg", data))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'x.jpg'}: ")
    assert fault in message and ";" in message and "\n" not in message


@pytest.mark.parametrize("name, fault", [("missing.jpg", "no such file"), (".", "is a folder")])
def test_a_path_without_a_picture(tmp_path, name, fault):
    with pytest.raises(SourceError, match=fault):
        read_picture(tmp_path / name)


def test_a_picture_of_too_many_pixels_is_told_as_such(tmp_path):
    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + checksum

    header = (40_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    path = tmp_path / "huge.png"
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0")), chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with pytest.raises(SourceError, match="more pixels than OpenCV or the memory takes; save it"):
        read_picture(path)


def test_pictures_are_listed_by_name_without_others(tmp_path):
    for name in ("b.JPG", "a.png", "c.webp", "notes.txt", ".hidden.jpg", "d"):
        written(tmp_path, name, b"x")
    (tmp_path / "deeper").mkdir()
    written(tmp_path / "deeper", "e.jpg", b"x")
    assert [path.name for path in list_pictures(tmp_path)] == ["a.png", "b.JPG", "c.webp"]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="name a folder of pictures"):
        list_pictures(tmp_path / "none")
