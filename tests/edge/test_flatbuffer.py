"""edge.flatbuffer: a table made by hand, and each way in which it can lie."""

from __future__ import annotations

import struct

import pytest

from edge import flatbuffer
from edge.flatbuffer import DamagedError, Schema, Table

TEXT_IN_FIELD_0 = Schema(strings=(0,))


def table(
    *,
    root: int = 12,
    vtable_size: int = 6,
    inline_size: int = 8,
    field_0: int = 4,
    to_vtable: int = 8,
    to_text: int = 4,
    length: int = 2,
    end: bytes = b"\0",
) -> bytes:
    """27 bytes: where the root is, its list of fields, the table at 12, the text "ab" at 20."""
    fields = struct.pack("<HHHxx", vtable_size, inline_size, field_0)
    body = struct.pack("<iI", to_vtable, to_text)
    return struct.pack("<I", root) + fields + body + struct.pack("<I", length) + b"ab" + end


def test_a_sound_table_is_read_and_measured():
    root = Table.root(table())
    assert root.string(0) == "ab"
    assert root.check(TEXT_IN_FIELD_0) == 27


def test_absent_fields_have_their_defaults():
    root = Table.root(table())
    assert root.integer(1, "i", default=7) == 7
    assert root.string(1) == ""
    assert root.integers(1) == ()
    assert root.table(1) is None
    assert root.tables(1) == []
    assert root.has_zeros_only(1, 8)
    assert Table.root(table(field_0=0)).string(0) == ""


@pytest.mark.parametrize(("text", "zeros"), [(b"\0\0", True), (b"\0b", False), (b"ab", False)])
def test_zeros_are_told_without_reading_their_values(text: bytes, zeros: bool):
    root = Table.root(table().replace(b"ab", text))
    assert root.has_zeros_only(0, 1) is zeros


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(table(root=0), id="no root"),
        pytest.param(table(root=1 << 31), id="root outside"),
        pytest.param(table(to_vtable=16), id="fields in front of the file"),
        pytest.param(table(to_vtable=-100), id="fields behind the file"),
        pytest.param(table(vtable_size=2), id="fewer fields than none"),
        pytest.param(table(vtable_size=7), id="half a field"),
        pytest.param(table(vtable_size=60_000), id="more fields than bytes"),
        pytest.param(table(inline_size=2), id="table smaller than its head"),
        pytest.param(table(inline_size=60_000), id="table larger than the file"),
        pytest.param(table(field_0=6), id="field across the table's end"),
        pytest.param(table(to_text=0), id="text nowhere"),
        pytest.param(table(to_text=1 << 20), id="text outside"),
        pytest.param(table(length=4), id="text longer than the file"),
        pytest.param(table(length=(1 << 32) - 1), id="text of four gigabytes"),
        pytest.param(table(end=b"c"), id="text without its closing zero"),
        pytest.param(table(end=b""), id="text cut off before its closing zero"),
    ],
)
def test_a_lie_is_found(data):
    with pytest.raises(DamagedError):
        Table.root(data).check(TEXT_IN_FIELD_0)


def test_a_place_before_the_file_is_told_as_such():
    with pytest.raises(DamagedError, match="before the file"):
        Table.root(table(to_vtable=16))


def test_tables_without_end_are_not_visited_for_ever(monkeypatch):
    # 200 references to one and the same table; with a few such levels it would take years.
    monkeypatch.setattr(flatbuffer, "_MOST_TABLES", 100)
    references = [836 - (24 + 4 * i) for i in range(200)]  # offsets from where they stand
    vector = struct.pack("<I200I", 200, *references)
    shared = struct.pack("<HHHxx", 6, 8, 0) + b"\0" * 4 + struct.pack("<iI", 12, 0)
    data = table()[:20] + vector + shared
    with pytest.raises(DamagedError, match="tables without end"):
        Table.root(data).check(Schema(table_vectors={0: Schema()}))
    monkeypatch.setattr(flatbuffer, "_MOST_TABLES", 201)
    assert Table.root(data).check(Schema(table_vectors={0: Schema()})) == len(data)
