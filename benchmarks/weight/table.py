"""The weight of an installation as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Result = Mapping[str, Any]  # what install_weight.py writes as JSON
_TOP = 8  # packages told one by one


def table(result: Result) -> str:
    """Sizes and times of each variant, then packages, imports and what is not imported."""
    variants: Mapping[str, Any] = {
        name: found for name, found in result["variants"].items() if found["missing"] is None
    }
    parts = [_overview(variants), _packages(variants), _imports(variants), _unused(variants)]
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
    lines = [
        "| | files | downloaded, MB | on disk, MB | download, s | install, s "
        "| import edge.camera, ms | all imports of a run, ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
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
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _packages(variants: Mapping[str, Any]) -> str:
    """Wheel and disk of each package, of all variants together."""
    sizes: dict[str, tuple[str, str, float]] = {}
    for found in variants.values():
        wheels = {_plain(wheel["name"]): wheel["mb"] for wheel in found["wheels"]}
        for one in found["packages"]:
            name = _plain(one["name"])
            downloaded = f"{wheels[name]:.1f}" if name in wheels else "-"
            sizes[f"{one['name']} {one['version']}"] = (name, downloaded, one["mb"])
    used = {_plain(name) for found in variants.values() for name in found["used"]["packages"]}
    lines = [
        "| package | downloaded, MB | on disk, MB | imported by the camera app |",
        "|---|---:|---:|---|",
    ]
    for title, (name, downloaded, mb) in sorted(sizes.items(), key=lambda item: -item[1][2]):
        lines.append(f"| {title} | {downloaded} | {mb:.1f} | {'yes' if name in used else 'no'} |")
    return "\n".join(lines)


def _imports(variants: Mapping[str, Any]) -> str:
    names = list(dict.fromkeys(name for one in variants.values() for name in one["import_run_ms"]))
    most = {
        name: max(one["import_run_ms"].get(name, 0) for one in variants.values()) for name in names
    }
    lines = [
        "| imports of a run, ms | " + " | ".join(variants) + " |",
        "|---|" + "---:|" * len(variants),
    ]
    for name in sorted(names, key=lambda name: -most[name])[:_TOP]:
        cells = [f"{one['import_run_ms'].get(name, 0):.1f}" for one in variants.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


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
