"""train.data.labels_csv: the table beside the photos, with all the faults that tables have."""

from __future__ import annotations

import shutil

import pytest

from edge.errors import DataError
from train.data.source import load, pictures_of


@pytest.fixture
def flat(tmp_path, photos):
    """120 photos without class folders, r00.png to b39.png, and a subfolder with one of them."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for path in photos.glob("*/*.png"):
        shutil.copy(path, folder / f"{path.parent.name[0]}{path.name}")
    (folder / "r00.png").rename(folder / "more" / "Röd.png")
    return folder


def rows(**changes):
    """Lines for all photos by file; a change of None leaves one out."""
    names = {"r": "red", "g": "green", "b": "blue"}
    whole = {f"{k}{i:02}.png": f"{k}{i:02}.png,{v}" for k, v in names.items() for i in range(40)}
    whole["r00.png"] = "more/Röd.png,red"
    whole.update({f"{name}.png": line for name, line in changes.items()})
    return [line for line in whole.values() if line is not None]


def write(folder, lines, header="file,label", encoding="utf-8"):
    path = folder / "labels.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return path


def read(folder):
    listing = pictures_of(str(folder))
    return {
        p.name: (listing.labels[p.class_id], p.group, p.part) for p in listing.pictures
    }, listing


def test_photos_need_no_class_folders(flat):
    write(flat, rows())
    data = load(str(flat), seed=0)
    assert data.labels == ("blue", "green", "red")
    assert [len(p) for p in (data.train, data.validation, data.test)] == [84, 12, 24]
    assert data.skipped == data.notes == ()
    assert read(flat)[0]["more/Röd.png"] == ("red", "", "")


def test_groups_and_parts_are_read(flat):
    lines = [f"{line},{'day' if i % 2 else ''},{'Test' if i < 9 else ''}" for i, line in
             enumerate(rows())]  # fmt: skip
    write(flat, lines, header=" File , LABEL,group,split")
    data = load(str(flat), seed=0)
    assert len(data.test) == 9 and set(data.test.class_ids.tolist()) == {2}
    assert set(data.train.groups.tolist()) == {"", "day"}
    assert read(flat)[0]["r01.png"] == ("red", "day", "test")


@pytest.mark.parametrize("delimiter, encoding", [(";", "utf-8-sig"), ("\t", "utf-8")])
def test_tables_of_other_programs_are_read(flat, delimiter, encoding):
    lines = [line.replace(",", delimiter) for line in rows()]
    write(flat, lines, header=f"file{delimiter}label", encoding=encoding)
    assert len(read(flat)[0]) == 120


def test_file_names_may_be_written_in_other_ways(flat):
    ways = {"r00": "more\\Ro\u0308d.png,red", "r01": f"{flat}/r01.png,red", "r02": "./r02.png,red"}
    write(flat, rows(**ways))
    pictures, listing = read(flat)
    assert {"more/Röd.png", "r01.png", "r02.png"} <= set(pictures)
    assert listing.skipped == []


@pytest.mark.parametrize(
    "change, told",
    [
        pytest.param("cat.png,red", "line 3: cat.png: no such picture in the folder; skip", id="?"),
        pytest.param("R01.PNG,red", "picture in the folder (there is r01.png: mind upper and lower "
                     "case); skipped", id="case"),
        pytest.param("../r01.png,red", "line 3: ../r01.png: no such picture", id="outside"),
        pytest.param(",red", "line 3: no file: no such picture", id="no file"),
        pytest.param("r01.png, ", "line 3: r01.png: has no label; skipped", id="no label"),
        pytest.param("r01.png", "line 3: r01.png: has no label; skipped", id="short line"),
        pytest.param("r01.png,red,judge", "r01.png: split judge is not train, validation or test",
                     id="split"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_told(flat, change, told):
    path = write(flat, rows(r01=change), header="file,label,split")
    pictures, listing = read(flat)
    assert len(pictures) == 119 and "r01.png" not in pictures
    assert listing.skipped[0].startswith(f"{path}: line 3: ") and told in listing.skipped[0]
    unlisted = f"{path}: does not list, so skipped: r01.png"
    assert listing.skipped[1:] == ([] if "r01.png: " in told[:17] else [unlisted])


def test_files_not_listed_are_told_in_one_line(flat):
    path = write(flat, rows()[:-50])
    listing = pictures_of(str(flat))
    assert listing.skipped == [
        f"{path}: does not list, so skipped: b00.png, b01.png, b02.png and 47 more"
    ]


def test_a_line_twice_counts_once(flat):
    path = write(flat, [*rows(), "r05.png,red"])
    pictures, listing = read(flat)
    assert len(pictures) == 120
    assert listing.notes == [f"{path}: line 122: r05.png: listed in line 7 too; taken once"]


def test_two_labels_for_a_file_leave_it_out(flat):
    path = write(flat, [*rows(), "r05.png,blue", "r05.png,red"])
    pictures, listing = read(flat)
    assert len(pictures) == 119 and "r05.png" not in pictures
    assert listing.skipped[0].startswith(
        f"{path}: line 122: r05.png: is blue here and something else in line 7; left out until"
    )


def test_unknown_columns_are_told(flat):
    path = write(flat, [f"{line},4,x" for line in rows()], header="file,label,stars,Where")
    assert pictures_of(str(flat)).notes == [f"{path}: not used: column stars, Where"]


def test_a_label_in_two_spellings_is_one_class(flat):
    write(flat, rows(r01="r01.png,Red"))
    listing = pictures_of(str(flat))
    assert listing.labels == ("blue", "green", "red")
    assert listing.notes[0].startswith("Red and red: differ by case only; taken as one class, red")


@pytest.mark.parametrize(
    "content, fault",
    [
        (b"name,class\nr01.png,red\n", "has no column file; its first line must name the columns"),
        (b"file,class\nr01.png,red\n", "has no column label"),
        (b"file,label,label\nr01.png,red,red\n", "has two columns label; leave one"),
        (b"", "has no column file"),
        ("file,label\nr01.png,r\xf6d\n".encode("latin-1"), "not a CSV file in UTF-8"),
        (b"file,label\n\0" + b"x" * 200_000, "not a CSV file in UTF-8"),
        (b"file,label\n", "no line of labels.csv gives a picture"),
    ],
)
def test_what_is_no_table_is_refused(flat, content, fault):
    (flat / "labels.csv").write_bytes(content)
    with pytest.raises(DataError, match=fault):
        pictures_of(str(flat))
