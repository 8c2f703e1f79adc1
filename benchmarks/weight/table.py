"""The weight of an installation as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]  # what install_weight.py writes as JSON
_TOP = 8  # packages told one by one


def table(result: Result) -> str:
    """Sizes and times of each variant, then packages, imports and what is not imported."""
    variants: Mapping[str, Any] = {
        name: found for name, found in result["variants"].items() if found["missing"] is None
    }
    parts = [
        _overview(variants),
        _packages(variants),
        _imports(variants, "import_run_ms", "imports of a run by package, ms"),
        _imports(variants, "slowest_ms", "the slowest modules of each, ms"),
        _unused(variants),
    ]
    parts += [
        f"{name}: not installed here. {found['missing']}"
        for name, found in result["variants"].items()
        if found["missing"] is not None
    ]
    board = result["board"]
    where = ", ".join(str(one) for one in (board["cpu"], f"{board['cores']} cores", board["os"]))
    parts.append(f"Measured on: {where}, Python {board['python']}. `{result['command']}`")
    return "\n\n".join(parts)


def _overview(variants: Mapping[str, Any]) -> str:
    head = ["", "files", "downloaded, MB", "on disk, MB", "download, s", "install, s",
            "import edge.camera, ms", "all imports of a run, ms"]  # fmt: skip
    rows = []
    for name, found in variants.items():
        cells = [
            name,
            str(len(found["wheels"])),
            f"{_mb(found['wheels']):.0f}",
            f"{_mb(found['packages']):.0f}",
            f"{found['download_s']:.0f}",
            f"{found['install_s']:.0f}",
            f"{sum(found['import_camera_ms'].values()):.0f}",
            f"{sum(found['import_run_ms'].values()):.0f}",
        ]
        rows.append(cells)
    return _lines(head, rows, ["---", *["---:"] * (len(head) - 1)])


def _packages(variants: Mapping[str, Any]) -> str:
    """Wheel and disk of each package, and which variant of them imports it."""
    sizes: dict[str, tuple[str, float]] = {}
    imported: dict[str, dict[str, str]] = defaultdict(dict)  # by package, then by variant
    for variant, found in variants.items():
        wheels = {_plain(wheel["name"]): wheel["mb"] for wheel in found["wheels"]}
        used = {_plain(name) for name in found["used"]["packages"]}
        for one in found["packages"]:
            name, title = _plain(one["name"]), f"{one['name']} {one['version']}"
            sizes[title] = (f"{wheels[name]:.1f}" if name in wheels else "-", one["mb"])
            imported[title][variant] = "yes" if name in used else "no"
    titles = [f"imported, {variant}" for variant in variants]
    rows = []
    for title, (downloaded, mb) in sorted(sizes.items(), key=lambda item: -item[1][1]):
        told = [imported[title].get(variant, "-") for variant in variants]
        rows.append([title, downloaded, f"{mb:.1f}", *told])
    head = ["package", "downloaded, MB", "on disk, MB", *titles]
    return _lines(head, rows, ["---", "---:", "---:", *["---"] * len(titles)])


def _imports(variants: Mapping[str, Any], field: str, title: str) -> str:
    """The slowest of what ``field`` holds for each variant, in milliseconds."""
    names = dict.fromkeys(name for one in variants.values() for name in one[field])
    most = {name: max(one[field].get(name, 0) for one in variants.values()) for name in names}
    rows = []
    for name in sorted(names, key=lambda name: -most[name])[:_TOP]:
        told = [one[field].get(name) for one in variants.values()]
        rows.append([name, *("-" if ms is None else f"{ms:.1f}" for ms in told)])
    return _lines([title, *variants], rows, ["---", *["---:"] * len(variants)])


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]], rule: Sequence[str]) -> str:
    ruled = f"|{'|'.join(rule)}|"
    first, *others = ("| " + " | ".join(cells) + " |" for cells in (head, *rows))
    return "\n".join([first, ruled, *others])


def _unused(variants: Mapping[str, Any]) -> str:
    return "\n".join(
        f"- {name}: installed and not imported: {', '.join(found['used']['unused']) or 'nothing'}"
        for name, found in variants.items()
    )


def _mb(parts: list[Mapping[str, Any]]) -> float:
    return float(sum(part["mb"] for part in parts))


def _plain(name: str) -> str:
    """As package names are compared: ``ml_dtypes`` is ``ml-dtypes``."""
    return name.lower().replace("_", "-").replace(".", "-")
