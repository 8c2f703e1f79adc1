"""Shared by the device's tests: tiny models, plain frames, the data beside the checkout."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.preprocess import Frame
from edge.runtime import installed
from tests.edge import material


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of tiny models; make_models.py in it says what each of them computes."""
    return Path(__file__).parent / "models"


@pytest.fixture(params=installed() or ("none",))
def runtime(request: pytest.FixtureRequest) -> str:
    """Each runtime of this environment in turn."""
    return str(request.param)


def plain(red: int, green: int, blue: int, width: int = 8, height: int = 8) -> Frame:
    """A frame of one colour."""
    return np.full((height, width, 3), (red, green, blue), np.uint8)


@pytest.fixture
def red() -> Frame:
    return plain(255, 0, 0)


@pytest.fixture
def green() -> Frame:
    return plain(0, 255, 0)


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A folder with a red, a green and a blue picture."""
    folder = tmp_path / "colours"
    folder.mkdir()
    for name, colour in (
        ("1 red.png", material.RED),
        ("2 green.jpg", material.GREEN),
        ("3 blue.bmp", material.BLUE),
    ):
        material.write_picture(folder / name, material.plain(colour))
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own: what is remembered of another run decides nothing."""
    folder = tmp_path / ".cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def heeds_hangup() -> Iterator[None]:
    """SIGHUP as in a terminal, for this process and its children, also below nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
