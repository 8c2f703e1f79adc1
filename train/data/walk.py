"""Which files of a folder are pictures, and a line for each of the others that says why not."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from edge.pictures import PICTURE_SUFFIXES

_JUNK = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "icon\r"})
_AS_JPEG = "save it as JPEG or PNG"
_HEIC = "HEIC is not read here; save it as JPEG (on an iPhone: Settings, Camera, Most Compatible)"
_REMEDIES = {
    **dict.fromkeys((".heic", ".heif", ".hif"), _HEIC),
    **dict.fromkeys((".gif", ".avif", ".jxl", ".svg", ".pdf", ".psd"), f"not read; {_AS_JPEG}"),
    **dict.fromkeys((".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"),
                    f"a raw photo; {_AS_JPEG}"),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".3gp"),
                    "a video; save frames of it as JPEG or PNG"),
    **dict.fromkeys((".zip", ".tar", ".gz", ".7z", ".rar"), "an archive; unpack it"),
}  # fmt: skip
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heim", b"heis")
_AVIF_BRANDS = (b"avif", b"avis")
_HEAD = 32  # bytes that tell what a file is
_ANIMATED = 0x02  # of the flags in a WebP file's VP8X chunk (RFC 9649)


def find_pictures(folder: Path, skipped: list[str]) -> list[Path]:
    """Every picture file in ``folder`` and the folders in it, in the order of their names.

    Links are followed, but not in circles. Hidden files and what systems leave behind are passed
    over in silence; a line for any other file that is no picture is added to ``skipped``.
    """
    found: list[Path] = []
    # Also a link to a folder above: it would bring the other classes' pictures into this one.
    parents = (*Path(os.path.realpath(folder)).parents, *folder.absolute().parents)
    _walk(folder, frozenset(Path(os.path.realpath(p)) for p in parents), found, skipped)
    return found


def is_junk(path: Path) -> bool:
    """True for hidden files and for those that systems leave in folders."""
    return path.name.startswith(".") or path.name.lower() in _JUNK


def printable(text: object) -> str:
    """The text in one line that every terminal and file can take."""
    # A file name may hold any byte; those that are no UTF-8 come as lone surrogates.
    whole = str(text).encode("utf-8", "replace").decode("utf-8")
    return "".join("?" if unicodedata.category(c) == "Cc" else c for c in whole)


def why_unreadable(path: Path, reason: str) -> str:
    """``reason``, or the better one when the file is of a kind that is not read here."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return reason
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return f"{path}: a HEIC photo; {_HEIC}"
    if head[4:8] == b"ftyp" and head[8:12] in _AVIF_BRANDS:
        return f"{path}: an AVIF picture, which is not read; {_AS_JPEG}"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return f"{path}: a GIF picture, which is not read; {_AS_JPEG}"
    is_webp = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) == _HEAD
    if is_webp and head[20] & _ANIMATED:
        return f"{path}: an animated WebP picture, which is not read; save one frame as JPEG or PNG"
    return reason


def _walk(folder: Path, above: frozenset[Path], found: list[Path], skipped: list[str]) -> None:
    try:
        real = folder.resolve(strict=True)
        entries = sorted(folder.iterdir())
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        reason = getattr(error, "strerror", None) or "links in a circle"
        skipped.append(printable(f"{folder}: cannot be listed ({reason}); skipped"))
        return
    if real in above:
        skipped.append(printable(f"{folder}: links back to a folder that holds it; skipped"))
        return
    for path in entries:
        if is_junk(path):
            continue
        if os.path.isdir(path):
            _walk(path, above | {real}, found, skipped)
        elif path.exists() and not path.is_file():
            skipped.append(printable(f"{path}: a pipe, socket or device, no file; skipped"))
        elif path.suffix.lower() in PICTURE_SUFFIXES:
            found.append(path)
        else:
            reason = _REMEDIES.get(path.suffix.lower(), "not a picture file")
            skipped.append(printable(f"{path}: {reason}; skipped"))
