"""Templates to text: what a label or a file name holds stays text, in HTML and in Markdown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).with_name("templates")
_MARKUP = re.compile(r"([\\`*_\[\]<>|#~])")


def render(template: str, /, **values: Any) -> bytes:
    """The template of that name with ``values`` put in, UTF-8."""
    is_html = template.endswith(".html")
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=is_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(percent=percent, ends=ends, count=count, md=_plain, unit=_unit)
    # A file name that is no UTF-8 holds half characters; better a question mark than no report.
    return environment.get_template(template).render(**values).encode("utf-8", "replace")


def style() -> str:
    """The page's style sheet."""
    return (_TEMPLATES / "report.css").read_text("utf-8")


def percent(share: float, digits: int = 2) -> str:
    """A share from 0 to 1."""
    return f"{share:.{digits}%}"


def ends(interval: tuple[float, float]) -> str:
    """Both ends of an interval of shares, in percent without the sign."""
    low, high = interval
    return f"{100 * low:.1f} to {100 * high:.1f}"


def count(number: int) -> str:
    """A number of things."""
    return f"{number:,}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _unit(number: float) -> str:
    """A coordinate of a drawing."""
    return f"{number:.1f}".removesuffix(".0")
