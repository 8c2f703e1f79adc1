"""Tables in a page of docs/, each between two marks that a command fills."""

from __future__ import annotations

import re

from edge.errors import DataError


def replaced(text: str, name: str, inside: str, page: str) -> str:
    """``text`` with ``inside`` between the marks of ``name``; DataError without those."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise DataError(f"{page}: needs the lines {begin} and {end} once; put them back")
    pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n\n{inside}\n\n{end}", text)
