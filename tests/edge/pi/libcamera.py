"""A stand-in for libcamera's Python bindings: the one class that is used."""

from __future__ import annotations


class ColorSpace:
    """Only the constructor that the small YUV stream is asked for with."""

    def __init__(self, name: str) -> None:
        self.name = name

    @staticmethod
    def Smpte170m() -> ColorSpace:
        return ColorSpace("SMPTE170M")
