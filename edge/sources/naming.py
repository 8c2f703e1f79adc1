"""What the text of --source names, told from the text alone."""

from __future__ import annotations

import re

PI_CAMERA = "picamera"
PLAN = "fault:"

_PASSWORD = re.compile(r"^(\w+://[^/:@]*:)[^/]*(?=@)")
_PASSWORD_WITHIN = re.compile(r"(\b\w{1,20}://[^/:@\s]*:)[^/\s]*(?=@)")


def is_camera(text: str) -> bool:
    """True for a camera index such as ``0`` and for a device path such as ``/dev/video0``."""
    return (text.isascii() and text.isdigit()) or text.startswith("/dev/")


def is_pi_camera(text: str) -> bool:
    """True for ``picamera`` and ``picamera:1``."""
    return text == PI_CAMERA or text.startswith(f"{PI_CAMERA}:")


def is_plan(text: str) -> bool:
    """True for ``fault:...``."""
    return text.startswith(PLAN)


def is_url(text: str) -> bool:
    """True for ``scheme://...``."""
    return "://" in text


def is_pattern(text: str) -> bool:
    """True for a text with ``*``, ``?`` or ``[`` in it, as in ``photos/*.jpg``."""
    return any(letter in text for letter in "*?[")


def is_live(text: str) -> bool:
    """True for what may come only later, or come back: cameras and streams."""
    return is_camera(text) or is_pi_camera(text) or is_plan(text) or is_url(text)


def without_passwords(text: str) -> str:
    """``text`` of others, such as an exception's, without the passwords of URLs in it."""
    return _PASSWORD_WITHIN.sub(r"\1***", text)


def source_name(text: str) -> str:
    """``text`` as it may be shown: without the password that a stream URL can carry."""
    return _PASSWORD.sub(r"\1***", text) if is_url(text) else text
