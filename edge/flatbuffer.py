"""Reads FlatBuffers tables, checking every offset: a damaged file is an error, not a crash."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

_UINT16 = struct.Struct("<H")
_INT32 = struct.Struct("<i")
_UINT32 = struct.Struct("<I")
_VTABLE_HEAD = struct.Struct("<HH")  # bytes of the list of fields, of the table's own part

# A classifier has a few thousand; a damaged file can make a short loop look endless.
_MOST_TABLES = 1_000_000


class DamagedError(ValueError):
    """The bytes are not what their own offsets and lengths say."""


_NONE: Mapping[int, Any] = MappingProxyType({})


class Schema(NamedTuple):
    """The fields of a table that refer to other places, by their number in the schema file."""

    strings: tuple[int, ...] = ()
    vectors: Mapping[int, int] = _NONE  # field -> bytes per element
    tables: Mapping[int, Schema] = _NONE
    table_vectors: Mapping[int, Schema] = _NONE


class Table:
    """One table in ``data``; every read raises DamagedError rather than leave the file."""

    __slots__ = ("_inline_size", "_own_end", "_vtable", "_vtable_size", "data", "position")

    def __init__(self, data: bytes, position: int) -> None:
        """The table at byte ``position``; both it and its list of fields must lie inside."""
        self.data = data
        self.position = position
        self._vtable = position - _read(_INT32, data, position)[0]
        self._vtable_size, self._inline_size = _read(_VTABLE_HEAD, data, self._vtable)
        if self._vtable_size < 4 or self._vtable_size % 2 or self._inline_size < 4:
            raise DamagedError(f"no table at byte {position}")
        self._own_end = max(self._vtable + self._vtable_size, position + self._inline_size)
        _check_inside(data, 0, self._own_end)

    @classmethod
    def root(cls, data: bytes) -> Table:
        """The table that the first four bytes point to."""
        return cls(data, _follow(data, 0))

    def integer(
        self, number: int, format_: Literal["b", "B", "i", "I", "Q"], default: int = 0
    ) -> int:
        """The value of an integer field, in ``struct``'s letter for its type."""
        layout = struct.Struct("<" + format_)
        position = self._field(number, layout.size)
        return default if position is None else int(layout.unpack_from(self.data, position)[0])

    def string(self, number: int) -> str:
        """The text of a string field, empty when it is absent."""
        start, length = self._vector(number, 1)
        return self.data[start : start + length].decode("utf-8", "replace")

    def integers(self, number: int, format_: Literal["i", "q"] = "i") -> tuple[int, ...]:
        """The values of a vector of int32 ("i") or int64 ("q")."""
        start, length = self._vector(number, struct.calcsize(format_))
        return struct.unpack_from(f"<{length}{format_}", self.data, start)

    def has_zeros_only(self, number: int, element_size: int) -> bool:
        """True for a vector whose bytes are all 0, or that is absent; its values are not read."""
        start, length = self._vector(number, element_size)
        size = length * element_size
        return self.data.count(0, start, start + size) == size

    def floats(self, number: int) -> tuple[float, ...]:
        """The values of a vector of float32."""
        start, length = self._vector(number, 4)
        return struct.unpack_from(f"<{length}f", self.data, start)

    def raw(self, number: int) -> bytes:
        """The bytes of a vector of bytes."""
        start, length = self._vector(number, 1)
        return self.data[start : start + length]

    def table(self, number: int) -> Table | None:
        """The table that a field points to, None when it is absent."""
        position = self._field(number, 4)
        return None if position is None else Table(self.data, _follow(self.data, position))

    def tables(self, number: int) -> list[Table]:
        """The tables of a vector field."""
        start, length = self._vector(number, 4)
        ends = range(start, start + 4 * length, 4)
        return [Table(self.data, _follow(self.data, position)) for position in ends]

    def check(self, schema: Schema) -> int:
        """Visit everything below this table; return the end of the last byte that belongs to it."""
        return self._end(schema, itertools.count())

    def _end(self, schema: Schema, visited: Iterator[int]) -> int:
        if next(visited) > _MOST_TABLES:
            raise DamagedError("tables without end")
        end = self._own_end
        for number in schema.strings:
            end = max(end, self._end_of_string(number))
        for number, element_size in schema.vectors.items():
            start, length = self._vector(number, element_size)
            end = max(end, start + length * element_size)
        for number, below in schema.tables.items():
            child = self.table(number)
            if child is not None:
                end = max(end, child._end(below, visited))
        for number, below in schema.table_vectors.items():
            for child in self.tables(number):
                end = max(end, child._end(below, visited))
        return end

    def _end_of_string(self, number: int) -> int:
        start, length = self._vector(number, 1)
        if start == 0:
            return 0
        # The interpreter reads names as C strings: without the closing zero it reads on and on.
        _check_inside(self.data, start + length, 1)
        if self.data[start + length] != 0:
            raise DamagedError(f"text without an end at byte {start}")
        return start + length + 1

    def _field(self, number: int, size: int) -> int | None:
        """Byte offset of a field in the data, None when it is absent."""
        entry = 4 + 2 * number
        if entry + 2 > self._vtable_size:
            return None
        offset: int = _UINT16.unpack_from(self.data, self._vtable + entry)[0]
        if offset == 0:
            return None
        if offset + size > self._inline_size:
            raise DamagedError(f"field {number} lies outside its table at byte {self.position}")
        return self.position + offset

    def _vector(self, number: int, element_size: int) -> tuple[int, int]:
        """Byte offset of the first element and the number of elements; (0, 0) when absent."""
        position = self._field(number, 4)
        if position is None:
            return 0, 0
        start = _follow(self.data, position)
        length = _read(_UINT32, self.data, start)[0]
        _check_inside(self.data, start + 4, length * element_size)
        return start + 4, length


def _read(layout: struct.Struct, data: bytes, position: int) -> tuple[int, ...]:
    # Thousands of times a file, before the first label: what is right takes the shortest way.
    try:
        if position >= 0:  # a negative one would count from the end
            return layout.unpack_from(data, position)
    except struct.error:
        pass
    if position < 0:
        raise DamagedError("a reference leads to before the file")
    raise _beyond(data, position + layout.size)


def _follow(data: bytes, position: int) -> int:
    """Where the offset at ``position`` points to."""
    offset: int = _read(_UINT32, data, position)[0]
    if offset == 0:
        raise DamagedError(f"empty reference at byte {position}")
    return position + offset


def _check_inside(data: bytes, position: int, size: int) -> None:
    if position < 0 or position + size > len(data):
        raise _beyond(data, position + size)


def _beyond(data: bytes, end: int) -> DamagedError:
    return DamagedError(f"byte {end} is needed, the file has {len(data)}")
