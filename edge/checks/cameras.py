"""USB and built-in cameras: every video node, what it offers, and how --source names it."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path

from edge.checks.check import Check, from_error
from edge.checks.within import within
from edge.errors import SourceError
from edge.v4l2 import Device, Format, by_id, describe, list_devices

_SIZES_SHOWN = 6
_ANSWER_S = 3.0


def check_cameras() -> list[Check]:
    """One line for each camera or unusable node, and one for all other nodes."""
    checks, others = [], []
    for path in list_devices():
        try:
            device = ask(path)
        except SourceError as error:
            checks.append(from_error(str(path), "warning", error))
            continue
        if device.is_camera:
            checks.append(check_camera(device))
        else:
            others.append(device)
    return checks + ([_no_cameras(others)] if others else [])


def ask(path: Path) -> Device:
    """What node ``path`` is; SourceError when it may not be used or does not answer."""
    try:
        return within(_ANSWER_S, lambda: describe(path))
    except TimeoutError as error:
        remedy = "unplug the camera and plug it in again"
        raise SourceError(f"{path}: no answer within {_ANSWER_S:g} s; {remedy}") from error


def check_camera(device: Device) -> Check:
    """A camera's name, the path that stays when others are plugged in, formats, users."""
    found = f"{device.card} ({device.driver}); {formats_text(device.formats)}"
    link = by_id(device.path)
    if link is not None:
        found += f"; --source {link} stays its name"
    users = users_of(device.path)
    if users:
        remedy = f"close it (`fuser -v {device.path}` shows it) before the camera app starts"
        return Check(str(device.path), "warning", f"{found}; open in {', '.join(users)}", remedy)
    return Check(str(device.path), "ok", found)


def formats_text(formats: tuple[Format, ...]) -> str:
    """All formats in one line: "MJPG 1280x720 640x480 at 30; YUYV 640x480 at 30"."""
    return "; ".join(_format_text(offer) for offer in formats) or "offers no format"


def _format_text(offer: Format) -> str:
    if offer.any_size:
        least, most = offer.sizes[0], offer.sizes[-1]
        text = f"{offer.fourcc} any size from {least.width}x{least.height}"
        return f"{text} to {most.width}x{most.height}{_at(most.rates)}"
    largest = sorted(offer.sizes, reverse=True)
    # The fastest first, and sizes of one rate together.
    shown = sorted(largest[:_SIZES_SHOWN], key=lambda size: -max(size.rates, default=0.0))
    groups = [
        f"{' '.join(f'{size.width}x{size.height}' for size in group)}{_at(rates)}"
        for rates, group in groupby(shown, key=lambda size: size.rates[:1])
    ]
    more = len(offer.sizes) - len(shown)
    return f"{offer.fourcc} {', '.join(groups)}".rstrip() + (
        f" and {more} smaller" if more > 0 else ""
    )


def _at(rates: tuple[float, ...]) -> str:
    return f" at {max(rates):g}" if rates else ""


def users_of(path: Path, proc: Path = Path("/proc")) -> list[str]:
    """Programs that hold ``path`` open, as "name (pid 123)", as far as this user may see them."""
    device = str(path.resolve())
    users = []
    for process in proc.glob("[0-9]*"):
        try:
            if any(os.readlink(handle) == device for handle in (process / "fd").iterdir()):
                users.append(
                    f"{(process / 'comm').read_text(errors='replace').strip()} (pid {process.name})"
                )
        except OSError:  # of another user, or just ended
            continue
    return users


def _no_cameras(devices: list[Device]) -> Check:
    kinds: dict[str, list[str]] = {}
    for device in devices:
        kinds.setdefault(device.driver, []).append(device.path.name)
    found = ", ".join(f"{' '.join(names)} ({driver})" for driver, names in kinds.items())
    return Check("other nodes", "info", f"no cameras for --source: {found}")
