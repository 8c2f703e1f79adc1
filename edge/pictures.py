"""The only picture decoder: a file of any usual kind becomes one RGB frame."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import SourceError
from edge.preprocess import Frame
from edge.quiet import LIBJPEG_LINE, NativeLines, silence_opencv

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
)

_JPEG, _PNG, _RIFF = b"\xff\xd8\xff", b"\x89PNG", b"RIFF"
_ORIENTATION_TAG = 0x0112

# What libjpeg and libpng print; OpenCV tells none of it otherwise.
_DECODER_LINE = LIBJPEG_LINE + rb"|Unknown Adobe color transform|libpng (error|warning): "
# These say that pixels were lost: the data of a scan ended early or made no sense, and what follows
# is grey or shifted. libjpeg's other lines stand in files of working cameras and programs, and
# every pixel is there: bytes too many before a marker (padding), a bad colour profile, an unknown
# version of JFIF, odd numbers in a scan's header. The same goes for libpng's warnings. libjpeg
# prints its first complaint about a file only, so that a harmless one may hide another.
_LOSS = re.compile(
    rb"Corrupt JPEG data: (premature end|bad Huffman|bad arithmetic|found marker)|"
    rb"Premature end of JPEG|libpng error: "
)
_LEFT_OVER = re.compile(rb"Corrupt JPEG data: (\d+) extraneous bytes before marker 0x([\da-f]{2})")
_MOST_LEFT_OVER = 1 / 16  # of the file

silence_opencv()


def read_picture(path: Path) -> Frame:
    """The picture at ``path``, uint8 (height, width, 3), RGB, the way up that its EXIF data say.

    Grey, 16-bit and CMYK pictures become 8-bit RGB; see-through parts are laid on white. Raises
    SourceError when the file is missing, empty, cut short, damaged or no picture.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise SourceError(f"{path}: is a folder; name a picture in it") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{path}: cannot be read ({reason}); check its permissions") from error
    if not data:
        raise SourceError(f"{path}: the file is empty; copy it again or delete it")
    if _is_cut_short(data):
        raise SourceError(f"{path}: the picture is cut short; copy it again or delete it")
    try:
        return _decode(data)
    except _PixelsLost as error:
        raise SourceError(
            f"{path}: damaged, a part of its pixels is lost; "
            "save it again from a good copy, or delete it"
        ) from error
    except (cv2.error, ValueError, MemoryError) as error:
        if _is_too_large(error):
            raise SourceError(
                f"{path}: more pixels than OpenCV or the memory takes; save it smaller"
            ) from error
        raise SourceError(
            f"{path}: damaged, or not a picture that OpenCV reads; "
            "save it again as JPEG or PNG, or delete it"
        ) from error


def list_pictures(folder: Path) -> list[Path]:
    """The pictures directly in ``folder``, sorted by name; hidden files are left out.

    Raises SourceError when the folder is missing or cannot be read.
    """
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_SUFFIXES
            and not path.name.startswith(".")
            and not path.is_fifo()  # which would never end
        )
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot be listed ({error.strerror}); name a folder of pictures"
        ) from error


class _PixelsLost(ValueError):
    """A decoder filled in pixels that the file does not hold."""


def _is_too_large(error: Exception) -> bool:
    """Whether OpenCV refused a picture for its size, before or after it asked for memory."""
    told = str(error)
    return isinstance(error, MemoryError) or any(
        word in told for word in ("IO_MAX_IMAGE", "Insufficient memory", "OutOfMemory")
    )


def _is_cut_short(data: bytes) -> bool:
    """True for a JPEG, PNG or WebP file that lacks its end.

    OpenCV returns half a JPEG without a word, the rest of it grey.
    """
    if data.startswith(_JPEG):
        # Only after the start of the scan: a thumbnail in front has an end of its own.
        return data.find(b"\xff\xd9", _start_of_scan(data)) < 0
    if data.startswith(_PNG):
        return data.rfind(b"IEND") < 0
    if data.startswith(_RIFF):
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _start_of_scan(data: bytes) -> int:
    """Byte offset of a JPEG's pixels, the end of the data when they are missing."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xDA:
            return position
        if marker == 0xFF:  # a fill byte
            position += 1
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return len(data)


def _decode(data: bytes) -> Frame:
    """RGB of the encoded picture; cv2.error or ValueError when it cannot be decoded."""
    encoded = np.frombuffer(data, np.uint8)
    if data.startswith(_JPEG):
        return _to_rgb(_decoded(encoded, cv2.IMREAD_COLOR))  # turned by OpenCV
    # The only mode that tells of transparency; it leaves PNG and WebP as they lie.
    rgb = _to_rgb(_decoded(encoded, cv2.IMREAD_UNCHANGED))
    if data.startswith(_PNG):
        return _turned(rgb, _orientation(data, b"eXIf", 4))
    if data.startswith(_RIFF):
        return _turned(rgb, _orientation(data, b"EXIF", 8))
    return rgb


def _decoded(encoded: NDArray[np.uint8], mode: int) -> NDArray[Any] | None:
    """What OpenCV makes of the file, None where nothing; _PixelsLost where the file is damaged."""
    # An object a picture: a shared one could show one thread the lines of another's picture.
    with closing(NativeLines(_DECODER_LINE)) as lines:
        with lines:
            picture = cv2.imdecode(encoded, mode)
        if any(_LOSS.match(line) or _is_loss(line, encoded) for line in lines.hidden):
            raise _PixelsLost
    return picture


def _is_loss(line: bytes, encoded: NDArray[np.uint8]) -> bool:
    """Whether the bytes that libjpeg had left are pixels, which it read amiss, and no padding.

    A hole of zero bytes stands for more pixels than were lost where a picture is rich in detail,
    so that the last ones' data are left. Padding is short, or one byte over and over.
    """
    told = _LEFT_OVER.match(line)
    if not told or int(told[1]) <= _MOST_LEFT_OVER * encoded.size:
        return False
    if told[2] != b"d9":  # another scan comes: only the end of a picture is padded
        return True
    data = encoded.tobytes()
    end = data.find(b"\xff\xd9", _start_of_scan(data))
    return len(set(data[end - int(told[1]) : end])) > 1


def _orientation(data: bytes, chunk: bytes, header_size: int) -> int:
    """The EXIF orientation, 1 to 8, in a chunk of that name; 1, upright, without one."""
    start = data.find(chunk)
    tiff = data[start + header_size :].removeprefix(b"Exif\0\0") if start >= 0 else b""
    orders: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
    order = orders.get(tiff[:4])
    if order is None:
        return 1
    directory = int.from_bytes(tiff[4:8], order)
    entries = int.from_bytes(tiff[directory : directory + 2], order)
    for position in range(directory + 2, directory + 2 + 12 * entries, 12):
        if int.from_bytes(tiff[position : position + 2], order) == _ORIENTATION_TAG:
            return int.from_bytes(tiff[position + 8 : position + 10], order)
    return 1


def _turned(rgb: Frame, orientation: int) -> Frame:
    """The picture upright, given the EXIF orientation in which it lies."""
    if orientation in (5, 6, 7, 8):  # lies on its side
        rgb = rgb.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return np.ascontiguousarray(rgb)


def _to_rgb(picture: NDArray[Any] | None) -> Frame:
    """RGB of what OpenCV decoded: grey, BGR or BGRA, 8 or 16 bits."""
    if picture is None or picture.size == 0:
        raise ValueError("not a picture")
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    if picture.dtype != np.uint8:
        raise ValueError(f"pixels of type {picture.dtype}")
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
    if picture.shape[2] == 4:
        picture = _on_white(picture)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _on_white(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """BGR of a BGRA picture laid on white."""
    # uint32: 255 * 255 does not fit into the pixels' own type.
    alpha = picture[:, :, 3:].astype(np.uint32)
    mixed = picture[:, :, :3] * alpha + 255 * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)
