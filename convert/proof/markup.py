"""HTML by elements, not by text: whatever a label or a file name holds, it stays text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Sequence
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

Child = str | Element | None


def tag(name: str, /, *children: Child, **attributes: str | float) -> Element:
    """The element ``name`` with text and elements in it; None leaves a gap out.

    Attributes are written as Python names: ``class_`` for class, ``stroke_width`` for
    stroke-width.
    """
    names = {key.rstrip("_").replace("_", "-"): key for key in attributes}
    element = Element(name, {new: _text(attributes[key]) for new, key in names.items()})
    for child in children:
        if isinstance(child, Element):
            element.append(child)
        elif child is not None and len(element):
            element[-1].tail = (element[-1].tail or "") + child
        elif child is not None:
            element.text = (element.text or "") + child
    return element


def table(
    head: Sequence[str], rows: Sequence[Sequence[Child]], numbers: Collection[int] = ()
) -> Element:
    """A table whose first column names the rows; columns in ``numbers`` are set right.

    A head without any text is left out. A row that is shorter than ``head`` ends in one cell
    across the rest.
    """
    classes = ["n" if column in numbers else "" for column in range(len(head))]
    heads = [_cell("th", text, classes[i]) for i, text in enumerate(head)]
    body = [_row(row, classes) for row in rows]
    top = tag("thead", tag("tr", *heads)) if any(head) else None
    inner = tag("table", top, tag("tbody", *body))
    # A wide table scrolls by itself, or a phone would shrink the whole page.
    return tag("div", inner, class_="scroll", tabindex=0)


def picture(data: bytes, kind: Literal["png", "jpeg"], description: str) -> Element:
    """An image that travels inside the page."""
    source = f"data:image/{kind};base64,{b64encode(data).decode('ascii')}"
    return tag("img", src=source, alt=description)


def document(title: str, style: str, body: Element) -> bytes:
    """A whole page, UTF-8, that needs nothing from elsewhere."""
    page = Element("html", lang="en")
    head = SubElement(page, "head")
    head.append(tag("meta", charset="utf-8"))
    head.append(tag("meta", name="viewport", content="width=device-width, initial-scale=1"))
    head.append(tag("meta", name="color-scheme", content="light dark"))
    head.append(tag("title", title))
    head.append(tag("style", style))
    page.append(body)
    text = "<!doctype html>\n" + tostring(page, "unicode", method="html") + "\n"
    # A file name that is no UTF-8 holds half characters; better a question mark than no report.
    return text.encode("utf-8", "replace")


def _row(row: Sequence[Child], classes: Sequence[str]) -> Element:
    cells = [
        _cell("td" if column else "th", child, classes[column]) for column, child in enumerate(row)
    ]
    cells[0].set("scope", "row")
    missing = len(classes) - len(row)
    if missing:
        cells[-1].set("colspan", str(missing + 1))
        cells[-1].set("class", "note")
    return tag("tr", *cells)


def _cell(name: str, child: Child, class_: str) -> Element:
    return tag(name, child, class_=class_) if class_ else tag(name, child)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
