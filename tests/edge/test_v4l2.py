"""edge.v4l2: the kernel's numbers, bytes as drivers give them, and this machine's own nodes.

Sizes and offsets are what gcc 12 prints for <linux/videodev2.h> of Linux 6.1 on x86-64; every field
is an array of bytes or of 32-bit words, so that they are the same on 32 bits.
"""

from __future__ import annotations

import errno
import os
import re
import struct
from pathlib import Path

import pytest

from edge import v4l2 as under_test
from edge.errors import SourceError
from edge.v4l2 import (
    Format,
    Size,
    by_id,
    decode_capability,
    decode_format,
    decode_rates,
    decode_sizes,
    describe,
    fourcc,
    list_devices,
    read_device,
)

NODE = Path("/dev/video7")
UVC = 0x04200001  # V4L2_CAP_STREAMING | EXT_PIX_FORMAT | VIDEO_CAPTURE
UVC_METADATA = 0x04A00000  # STREAMING | EXT_PIX_FORMAT | META_CAPTURE


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def capability(driver: bytes, card: bytes, whole: int, node: int) -> bytes:
    """struct v4l2_capability: strings at 0, 16, 48; version 80, capabilities 84, device_caps 88."""
    data = driver.ljust(16, b"\0") + card.ljust(32, b"\0") + b"usb-1.3".ljust(32, b"\0")
    return data + words(0x060C00, whole, node) + bytes(12)


def offer(index: int, code: bytes, description: bytes) -> bytes:
    """struct v4l2_fmtdesc: index, type, flags, description at 12, pixelformat at 44."""
    return words(index, 1, 0) + description.ljust(32, b"\0") + code + bytes(16)


def sizes(code: bytes, kind: int, *numbers: int) -> bytes:
    """struct v4l2_frmsizeenum: index, pixel_format, type at 8, the sizes at 12."""
    return (words(0) + code + words(kind, *numbers)).ljust(44, b"\0")


def rates(code: bytes, kind: int, *numbers: int) -> bytes:
    """struct v4l2_frmivalenum: index, pixel_format, width, height, type at 16, fractions at 20."""
    return (words(0) + code + words(640, 480, kind, *numbers)).ljust(52, b"\0")


@pytest.mark.parametrize(
    "name, number, size",
    [
        ("_QUERYCAP", 0x80685600, 104),
        ("_ENUM_FMT", 0xC0405602, 64),
        ("_ENUM_FRAMESIZES", 0xC02C564A, 44),
        ("_ENUM_FRAMEINTERVALS", 0xC034564B, 52),
    ],
)
def test_the_numbers_are_the_headers(name, number, size):
    request = getattr(under_test, name)
    assert (request.number, request.layout.size) == (number, size)
    assert number >> 16 & 0x3FFF == size  # an ioctl's number holds the size of what it carries


def test_a_node_is_judged_by_its_own_capabilities():
    # One UVC camera: both nodes report the capabilities of the whole, and then their own.
    camera = capability(b"uvcvideo", b"HD Pro Webcam C920", 0x84A00001, UVC)
    assert decode_capability(camera) == ("uvcvideo", "HD Pro Webcam C920", "usb-1.3", UVC)
    metadata = capability(b"uvcvideo", b"HD Pro Webcam C920", 0x84A00001, UVC_METADATA)
    assert decode_capability(metadata).flags == UVC_METADATA


def test_an_old_driver_without_capabilities_of_the_node():
    assert decode_capability(capability(b"old", b"Old", 0x04000001, 0)).flags == 0x04000001


def test_a_name_that_fills_its_field_or_is_no_utf8():
    told = decode_capability(capability(b"sixteen-letters!", b"Caf\xe9\0left over", 1, 0))
    assert (told.driver, told.card) == ("sixteen-letters!", "Caf�")


def test_a_format():
    assert decode_format(offer(0, b"MJPG", b"Motion-JPEG")) == (b"MJPG", "Motion-JPEG")


@pytest.mark.parametrize(
    "code, expected",
    [
        pytest.param(b"YUYV", "YUYV", id="four letters"),
        pytest.param(b"Y16 ", "Y16", id="padded"),
        pytest.param(b"Y16\xa0", "Y16-BE", id="the top bit says big-endian"),
    ],
)
def test_fourcc(code, expected):
    assert fourcc(code) == expected


def test_one_size_of_a_list():
    assert decode_sizes(sizes(b"MJPG", 1, 640, 480)) == (((640, 480),), False)


@pytest.mark.parametrize(
    "numbers, expected",
    [
        pytest.param(
            (32, 2592, 2, 32, 1944, 2),
            [(32, 32), (160, 120), (320, 240), (640, 480), (800, 600), (1280, 720), (1920, 1080),
             (2592, 1944)],
            id="the ends and the usual ones between",
        ),
        pytest.param((640, 640, 0, 480, 480, 0), [(640, 480)], id="one size, steps of 0"),
        pytest.param((48, 720, 48, 48, 576, 48), [(48, 48), (720, 576)], id="640 is no step of 48"),
    ],
)  # fmt: skip
def test_a_range_of_sizes(numbers, expected):
    assert decode_sizes(sizes(b"YUYV", 3, *numbers)) == (tuple(expected), True)


@pytest.mark.parametrize(
    "kind, numbers, expected",
    [
        pytest.param(1, (1, 30), ((30.0,), False), id="1/30 s is 30 frames a second"),
        pytest.param(1, (1001, 30000), ((29.97,), False), id="television"),
        pytest.param(3, (1, 60, 1, 5, 1, 60), ((60.0, 5.0), True), id="stepwise"),
        pytest.param(1, (0, 30), ((), False), id="no time at all is no rate"),
    ],
)
def test_rates(kind, numbers, expected):
    assert decode_rates(rates(b"MJPG", kind, *numbers)) == expected


class Driver:
    """Answers as a kernel driver: lists of structures, and EINVAL after the last of each."""

    def __init__(self, told: bytes, formats=(), sizes=(), rates=()) -> None:
        self._lists = {
            0xC0405602: formats,
            0xC02C564A: sizes,
            0xC034564B: rates,
        }
        self._told = told
        self.asked: list[tuple[int, bytes]] = []

    def __call__(self, request, data: bytes) -> bytes:
        self.asked.append((request.number, data))
        if request.number == 0x80685600:
            return self._told
        answers = self._lists[request.number]
        index = struct.unpack_from("<I", data)[0]
        if index >= len(answers):
            raise OSError(errno.EINVAL, "Invalid argument")
        return answers[index]


def test_a_webcam():
    driver = Driver(
        capability(b"uvcvideo", b"Webcam", 0x84A00001, UVC),
        formats=[offer(0, b"MJPG", b"Motion-JPEG"), offer(1, b"YUYV", b"YUYV 4:2:2")],
        sizes=[sizes(b"MJPG", 1, 640, 480), sizes(b"MJPG", 1, 1280, 720)],
        rates=[rates(b"MJPG", 1, 1, 15), rates(b"MJPG", 1, 1, 30)],
    )
    device = read_device(NODE, driver)
    both = (Size(640, 480, (30.0, 15.0)), Size(1280, 720, (30.0, 15.0)))
    assert device.formats == (
        Format("MJPG", "Motion-JPEG", both),
        Format("YUYV", "YUYV 4:2:2", both),
    )
    assert device.is_camera and device.is_capture and not device.only_libcamera
    # What was asked: the second size of YUYV, its first rate (index, format, width, height).
    expected = words(0) + b"YUYV" + words(1280, 720)
    assert expected in [data[:16] for number, data in driver.asked if number == 0xC034564B]


def test_a_driver_with_a_range_is_asked_for_it_once():
    driver = Driver(
        capability(b"vivid", b"vivid", 0x85200001, 0x05200001),
        formats=[offer(0, b"YUYV", b"YUYV 4:2:2")],
        sizes=[sizes(b"YUYV", 2, 320, 640, 1, 240, 480, 1)] * 3,
        rates=[rates(b"YUYV", 2, 1, 60, 1, 1, 1, 60)] * 3,
    )
    (form,) = read_device(NODE, driver).formats
    assert form.any_size
    assert form.sizes == (Size(320, 240, (60.0, 1.0)), Size(640, 480, (60.0, 1.0)))


def test_a_multiplanar_camera_is_asked_for_multiplanar_formats():
    driver = Driver(capability(b"rkisp", b"ISP", 0x84001000, 0x04001000), formats=[])
    assert read_device(NODE, driver).is_camera
    assert [data[:8] for number, data in driver.asked if number == 0xC0405602] == [words(0, 9)]


def test_a_list_without_an_end_is_cut():
    class Endless(Driver):
        def __call__(self, request, data: bytes) -> bytes:
            data = words(0) + data[4:]
            return super().__call__(request, data)

    told = capability(b"broken", b"Broken", 0x84000001, 0x04000001)
    device = read_device(NODE, Endless(told, formats=[offer(0, b"GREY", b"grey")]))
    assert len(device.formats) == 256


@pytest.mark.parametrize("code", [errno.ENOTTY, errno.ENODATA])
def test_a_driver_without_a_list_of_sizes(code):
    def driver(request, data: bytes) -> bytes:
        if request.number == 0xC02C564A:
            raise OSError(code, os.strerror(code))
        return webcam(request, data)

    told = capability(b"em28xx", b"Grabber", 0x84000001, 0x04000001)
    webcam = Driver(told, formats=[offer(0, b"YUYV", b"YUYV 4:2:2")])
    assert read_device(NODE, driver).formats == (Format("YUYV", "YUYV 4:2:2", ()),)


@pytest.mark.parametrize(
    "driver, flags, is_capture, only_libcamera",
    [
        pytest.param(b"uvcvideo", UVC_METADATA, False, False, id="metadata"),
        pytest.param(b"bcm2835-codec", 0x04204000, False, False, id="codec, multiplanar"),
        pytest.param(b"codec", 0x04008001, False, False, id="codec that claims to capture"),
        pytest.param(b"v4l2 loopback", 0x04000002, False, False, id="output"),
        pytest.param(b"radio", 0x00000001, False, False, id="no streaming"),
        pytest.param(b"unicam", 0x05200001, True, True, id="Pi 4 sensor, unmarked"),
        pytest.param(b"rp1-cfe", 0x24A00001, True, True, id="Pi 5 sensor"),
        pytest.param(b"other-csi", 0x24200001, True, True, id="marked: media controller"),
    ],
)
def test_what_is_no_camera_of_its_own(driver, flags, is_capture, only_libcamera):
    told = capability(driver, b"card", 0x80000000 | flags, flags)
    device = read_device(NODE, Driver(told, formats=[offer(0, b"YUYV", b"YUYV 4:2:2")]))
    assert (device.is_capture, device.only_libcamera) == (is_capture, only_libcamera)
    assert not device.is_camera
    assert device.formats == ()


def test_nodes_come_in_the_order_of_their_numbers(tmp_path):
    for name in ("video10", "video2", "video0", "videodev", "vbi0"):
        (tmp_path / name).touch()
    assert [path.name for path in list_devices(tmp_path)] == ["video0", "video2", "video10"]


def test_the_name_that_stays(tmp_path):
    nodes, links = tmp_path / "dev", tmp_path / "by-id"
    nodes.mkdir()
    links.mkdir()
    for number in (0, 1):
        (nodes / f"video{number}").touch()
        (links / f"usb-C920-video-index{number}").symlink_to(f"../dev/video{number}")
    assert by_id(nodes / "video1", links) == links / "usb-C920-video-index1"
    assert by_id(nodes / "video2", links) is None
    assert by_id(nodes / "video1", tmp_path / "absent") is None


@pytest.mark.parametrize(
    "path, message",
    [
        ("/dev/null", "is no video device; name one such as /dev/video0"),
        ("/dev", "is no video device; name one such as /dev/video0"),
        ("/dev/video99", "there is no such device; plug the camera in"),
    ],
)
def test_what_cannot_be_asked(path, message):
    with pytest.raises(SourceError, match=f"^{path}: {message}$"):
        describe(Path(path))


@pytest.mark.parametrize(
    "code, words",
    [
        (errno.EACCES, "sudo usermod -aG video"),
        (errno.EBUSY, "is in use; .*fuser -v /dev/video7"),
        (errno.ENODEV, "no such device"),
        (errno.EIO, r"does not answer \(Input/output error\); unplug"),
    ],
)
def test_each_fault_has_its_remedy(code, words):
    assert re.search(words, under_test._fault(NODE, OSError(code, os.strerror(code))))


@pytest.mark.skipif(not list_devices(), reason="no video node here")
def test_this_machines_nodes():
    for path in list_devices():
        device = describe(path)
        assert device.driver and device.card
        assert device.path == path
        if device.is_camera:
            assert all(form.fourcc for form in device.formats)
            assert all(size.width > 0 for form in device.formats for size in form.sizes)
