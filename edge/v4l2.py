"""What a Linux video node is and offers, asked of its driver; works while another program films.

The numbers and layouts are those of the kernel's <linux/videodev2.h>, the same on 32 and 64 bits:
https://www.kernel.org/doc/html/latest/userspace-api/media/v4l/user-func.html
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from edge.errors import SourceError

_CAPTURE, _CAPTURE_MPLANE = 0x1, 0x1000
_M2M_MPLANE, _M2M = 0x4000, 0x8000
_STREAMING, _IO_MC, _DEVICE_CAPS = 0x0400_0000, 0x2000_0000, 0x8000_0000
_BUFFER_CAPTURE, _BUFFER_CAPTURE_MPLANE = 1, 9
_DISCRETE = 1
# Raspberry Pi's own camera port: older kernels do not mark these nodes with _IO_MC.
_PARTS_OF_A_CAMERA = frozenset({"unicam", "rp1-cfe", "bcm2835-isp", "pispbe"})
# What is worth naming where a driver takes every size of a range.
_USUAL_SIZES = (
    (160, 120), (320, 240), (640, 480), (800, 600), (1280, 720), (1920, 1080), (3840, 2160),
)  # fmt: skip
_NO_NUMBERS = (0,) * 6  # the driver fills them in
_MOST = 256  # entries of one list: drivers exist that never end it


class Size(NamedTuple):
    """A frame size in pixels, with its rates in frames per second, the highest first.

    A driver that takes every rate of a range gives its two ends; ``rates`` is empty where the
    driver does not say.
    """

    width: int
    height: int
    rates: tuple[float, ...]


@dataclass(frozen=True)
class Format:
    """One way in which a camera can send its frames."""

    fourcc: str  # "MJPG", "YUYV" ...
    description: str  # the driver's words: "Motion-JPEG"
    sizes: tuple[Size, ...]
    any_size: bool = (
        False  # True: every size of a range; ``sizes`` then has its ends and usual ones
    )


@dataclass(frozen=True)
class Device:
    """A video node."""

    path: Path
    driver: str  # "uvcvideo"
    card: str  # "HD Pro Webcam C920"
    bus: str  # "usb-0000:01:00.0-1.3"
    is_capture: bool  # it gives frames: neither metadata, nor an output, nor a codec
    only_libcamera: (
        bool  # it is a stage of a camera that libcamera puts together (--source picamera)
    )
    formats: tuple[Format, ...]  # in the driver's order; empty unless a program can film from it

    @property
    def is_camera(self) -> bool:
        """True when a program can open it and film."""
        return self.is_capture and not self.only_libcamera


class Capability(NamedTuple):
    """struct v4l2_capability: who answers, and what the node can do."""

    driver: str
    card: str
    bus: str
    flags: int  # V4L2_CAP bits of this node alone


class Request(NamedTuple):
    """An ioctl and the layout of the structure that goes in and comes back."""

    number: int
    layout: struct.Struct


# "=": standard sizes without padding, as in the header, where every field is aligned by itself.
_QUERYCAP = Request(0x80685600, struct.Struct("=16s32s32sIII12x"))
_ENUM_FMT = Request(0xC0405602, struct.Struct("=III32s4s16x"))
_ENUM_FRAMESIZES = Request(0xC02C564A, struct.Struct("=I4sI6I8x"))
_ENUM_FRAMEINTERVALS = Request(0xC034564B, struct.Struct("=I4sIII6I8x"))

Ask = Callable[[Request, bytes], bytes]


def list_devices(root: Path = Path("/dev")) -> tuple[Path, ...]:
    """Every video node, in the order of its number."""
    nodes = [node for node in root.glob("video*") if node.name[5:].isdecimal()]
    return tuple(sorted(nodes, key=lambda node: int(node.name[5:])))


def by_id(path: Path, root: Path = Path("/dev/v4l/by-id")) -> Path | None:
    """The link under ``root`` that leads to node ``path`` after every reboot; None without one."""
    device = path.resolve()
    return next((link for link in sorted(root.glob("*")) if link.resolve() == device), None)


def describe(path: Path) -> Device:
    """What node ``path`` is and offers.

    Raises SourceError when it is gone, is no video node, or may not be used.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return read_device(path, lambda request, data: _ioctl(descriptor, request, data))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SourceError(f"{path}: {_fault(path, error)}") from error


def read_device(path: Path, ask: Ask) -> Device:
    """What the driver behind ``ask`` says of node ``path``; ``ask`` raises the driver's OSError."""
    capability = decode_capability(ask(_QUERYCAP, bytes(_QUERYCAP.layout.size)))
    flags = capability.flags
    captures = bool(flags & (_CAPTURE | _CAPTURE_MPLANE)) and bool(flags & _STREAMING)
    is_capture = captures and not flags & (_M2M | _M2M_MPLANE)
    only_libcamera = bool(flags & _IO_MC) or capability.driver in _PARTS_OF_A_CAMERA
    formats: tuple[Format, ...] = ()
    if is_capture and not only_libcamera:
        buffer = _BUFFER_CAPTURE if flags & _CAPTURE else _BUFFER_CAPTURE_MPLANE
        formats = tuple(_formats(ask, buffer))
    driver, card, bus = capability[:3]
    return Device(path, driver, card, bus, is_capture, only_libcamera, formats)


def _formats(ask: Ask, buffer: int) -> Iterator[Format]:
    for answer in _list(ask, _ENUM_FMT, lambda index: (index, buffer, 0, b"", b"")):
        code, description = decode_format(answer)
        sizes, any_size = _sizes(ask, code)
        yield Format(fourcc(code), description, sizes, any_size)


def _sizes(ask: Ask, code: bytes) -> tuple[tuple[Size, ...], bool]:
    sizes: list[Size] = []
    for answer in _list(ask, _ENUM_FRAMESIZES, lambda index: (index, code, 0, *_NO_NUMBERS)):
        found, is_range = decode_sizes(answer)
        sizes += [Size(width, height, _rates(ask, code, width, height)) for width, height in found]
        if is_range:  # one answer stands for all
            return tuple(sizes), True
    return tuple(sizes), False


def _rates(ask: Ask, code: bytes, width: int, height: int) -> tuple[float, ...]:
    rates: set[float] = set()
    for answer in _list(
        ask, _ENUM_FRAMEINTERVALS, lambda index: (index, code, width, height, 0, *_NO_NUMBERS)
    ):
        found, is_range = decode_rates(answer)
        rates.update(found)
        if is_range:
            break
    return tuple(sorted(rates, reverse=True))


def _list(
    ask: Ask, request: Request, fields: Callable[[int], tuple[object, ...]]
) -> Iterator[bytes]:
    """The driver's answers for index 0, 1, 2 ... until it has no more."""
    for index in range(_MOST):
        try:
            yield ask(request, request.layout.pack(*fields(index)))
        except OSError as error:
            # EINVAL ends the list; a driver without this list at all says ENOTTY or ENODATA.
            if error.errno in (errno.EINVAL, errno.ENOTTY, errno.ENODATA):
                return
            raise


def decode_capability(data: bytes) -> Capability:
    """From the 104 bytes of struct v4l2_capability."""
    driver, card, bus, _, whole, node = _QUERYCAP.layout.unpack(data)
    # One device has several nodes: only the second word is about this one.
    return Capability(
        _text(driver), _text(card), _text(bus), node if whole & _DEVICE_CAPS else whole
    )


def decode_format(data: bytes) -> tuple[bytes, str]:
    """The pixel format's four bytes and its description, from struct v4l2_fmtdesc."""
    _, _, _, description, code = _ENUM_FMT.layout.unpack(data)
    return code, _text(description)


def decode_sizes(data: bytes) -> tuple[tuple[tuple[int, int], ...], bool]:
    """(width, height) pairs from struct v4l2_frmsizeenum, and whether they stand for a range."""
    _, _, kind, *numbers = _ENUM_FRAMESIZES.layout.unpack(data)
    if kind == _DISCRETE:
        return ((numbers[0], numbers[1]),), False
    least_w, most_w, step_w, least_h, most_h, step_h = numbers
    widths = range(least_w, most_w + 1, step_w or 1)
    heights = range(least_h, most_h + 1, step_h or 1)
    usual = [size for size in _USUAL_SIZES if size[0] in widths and size[1] in heights]
    return tuple(sorted({(least_w, least_h), *usual, (most_w, most_h)})), True


def decode_rates(data: bytes) -> tuple[tuple[float, ...], bool]:
    """Frames per second from struct v4l2_frmivalenum, and whether they are the ends of a range."""
    _, _, _, _, kind, *numbers = _ENUM_FRAMEINTERVALS.layout.unpack(data)
    # Intervals are fractions of a second, so a rate is the fraction upside down.
    ends = [numbers[0:2]] if kind == _DISCRETE else [numbers[0:2], numbers[2:4]]
    rates = (round(below / above, 3) for above, below in ends if above and below)
    return tuple(rates), kind != _DISCRETE


def fourcc(code: bytes) -> str:
    """A pixel format's four bytes as people write it: "MJPG", "Y16"; "Y16-BE" with the top bit."""
    letters = bytes(byte & 0x7F for byte in code).decode("ascii").rstrip()
    return f"{letters}-BE" if code[3] & 0x80 else letters


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _ioctl(descriptor: int, request: Request, data: bytes) -> bytes:
    return fcntl.ioctl(descriptor, request.number, data)


def _fault(path: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "may not be used; run `sudo usermod -aG video $USER` and log in again"
    if error.errno == errno.EBUSY:
        return f"is in use; close the program that uses it (`fuser -v {path}` shows it)"
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return "there is no such device; plug the camera in"
    if error.errno in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
        return "is no video device; name one such as /dev/video0"
    return f"does not answer ({error.strerror or error}); unplug the camera and plug it in again"
