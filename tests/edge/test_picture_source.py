"""Pictures: each once, in name order, from a file, a folder or a pattern."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import SourceError
from tests.edge.material import (
    BLUE,
    GREEN,
    RED,
    fault_of,
    open_it,
    plain,
    read_all,
    write_picture,
)


def test_a_folder_gives_each_picture_once_in_name_order(tmp_path: Path) -> None:
    for name, colour in (("c.png", BLUE), ("a.jpg", RED), ("b.PNG", GREEN)):
        write_picture(tmp_path / name, plain(colour))
    (tmp_path / "notes.txt").write_text("not a picture")
    with open_it(tmp_path) as source:
        frames = read_all(source)
    assert not source.live
    assert [frame.path for frame in frames] == [
        str(tmp_path / n) for n in ("a.jpg", "b.PNG", "c.png")
    ]
    assert [frame.number for frame in frames] == [0, 1, 2]
    assert [int(frame.pixels[20, 20].argmax()) for frame in frames] == [0, 1, 2]


def test_an_unreadable_picture_among_good_ones_is_one_warning(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", plain(RED))
    (tmp_path / "b.png").write_bytes(b"no picture at all")
    write_picture(tmp_path / "c.png", plain(BLUE))
    warnings: list[str] = []
    with open_it(tmp_path, warnings.append) as source:
        frames = read_all(source)
    assert [Path(str(frame.path)).name for frame in frames] == ["a.png", "c.png"]
    assert [frame.number for frame in frames] == [0, 1]
    assert len(warnings) == 1
    assert str(tmp_path / "b.png") in warnings[0]


def test_a_folder_of_unreadable_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    warnings: list[str] = []
    with (
        open_it(tmp_path, warnings.append) as source,
        pytest.raises(SourceError, match=r"no picture in it can be read \(1 tried\)"),
    ):
        read_all(source)
    assert len(warnings) == 1


def test_a_single_picture_is_one_frame(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "größe.png", plain(GREEN))
    with open_it(path) as source:
        frames = read_all(source)
    assert [frame.path for frame in frames] == [str(path)]
    assert frames[0].pixels[0, 0].tolist() == list(GREEN)


def test_a_picture_closed_early_gives_no_more(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", plain(RED))
    write_picture(tmp_path / "b.png", plain(RED))
    source = open_it(tmp_path)
    assert source.read() is not None
    source.close()
    source.close()
    assert source.read() is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param("*.jpg", ["a.jpg"], id="suffix"),
        pytest.param("*", ["a.jpg", "b.png"], id="what is no picture is left out"),
        pytest.param("**/*", ["a.jpg", "b.png", "c.png"], id="folders in folders"),
        pytest.param("?.png", ["b.png"], id="one letter"),
        pytest.param("[bc].*", ["b.png"], id="one of some letters"),
    ],
)
def test_a_pattern_gives_the_pictures_that_it_names(
    pattern: str, expected: list[str], tmp_path: Path
) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("a.jpg", "b.png", ".hidden.png", "inner/c.png"):
        write_picture(tmp_path / name, plain(RED))
    (tmp_path / "d.txt").write_text("not a picture")
    with open_it(tmp_path / pattern) as source:
        frames = read_all(source)
    assert not source.live
    assert not source.recovers
    assert [Path(str(frame.path)).name for frame in frames] == expected


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "[1].png", plain(RED))
    write_picture(tmp_path / "1.png", plain(BLUE))
    with open_it(path) as source:
        assert [frame.path for frame in read_all(source)] == [str(path)]


def test_a_pattern_without_a_picture_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a picture")
    assert "*.txt: matches no pictures; correct it, and quote it" in fault_of(tmp_path / "*.txt")
