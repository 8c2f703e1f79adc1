"""Whether picamera2 can be used here, and what to do when it cannot."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from edge.errors import SourceError
from edge.remedies import APT_NUMPY

_INSTALL = "sudo apt install -y python3-picamera2"
_VENV = "python3 -m venv --system-site-packages"


def import_picamera2(name: str) -> Any:
    """The module picamera2. Raises SourceError, for the source ``name``, with the remedy."""
    # Read when libcamera is loaded: what it reports as information is nothing to act on.
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:ERROR")
    try:
        import picamera2  # type: ignore[import-not-found,unused-ignore]
    except ModuleNotFoundError as error:
        raise SourceError(f"{name}: {_missing(error.name or 'picamera2')}") from error
    except (ImportError, ValueError, AttributeError) as error:
        raise SourceError(f"{name}: {_broken(str(error))}") from error
    _silence_logging()
    return picamera2


def opening_fault(error: BaseException) -> str:
    """Fault and remedy of an ``error`` that picamera2 raised while it opened the camera."""
    text = "; ".join(_chain(error)).lower()
    if any(sign in text for sign in ("busy", "in use", "acquire")):
        return "is used by another program; close it (`sudo fuser -v /dev/media*` shows it)"
    return f"does not start ({error}); check it with `rpicam-hello --list-cameras`"


def _missing(module: str) -> str:
    if module.partition(".")[0] not in ("picamera2", "libcamera"):
        return f"picamera2 lacks the module {module}; run `{_INSTALL}`"
    if _is_closed_venv():
        return (
            "picamera2 is not seen from this virtual environment; run "
            f"`{_INSTALL}`, then make the environment again with `{_VENV}`"
        )
    return f"picamera2 is missing; run `{_INSTALL}`, with the system's own python3"


def _broken(fault: str) -> str:
    if "numpy" in fault:  # such as "numpy.dtype size changed, may indicate binary incompatibility"
        return (
            "picamera2's simplejpeg was built for another numpy; run "
            f"`{APT_NUMPY}` in this environment, so that apt's numpy is taken"
        )
    return f"picamera2 does not load ({fault}); run `sudo apt full-upgrade` and `{_INSTALL}`"


def _is_closed_venv() -> bool:
    """True inside a virtual environment that does not see the system's packages."""
    if sys.prefix == sys.base_prefix:
        return False
    try:
        lines = (Path(sys.prefix) / "pyvenv.cfg").read_text().lower().splitlines()
    except OSError:
        return True
    return "include-system-site-packages=true" not in (line.replace(" ", "") for line in lines)


def _chain(error: BaseException | None) -> list[str]:
    """The messages of ``error`` and of what led to it."""
    messages: list[str] = []
    while error is not None and len(messages) < 10:
        messages.append(str(error))
        error = error.__cause__ or error.__context__
    return messages


def _silence_logging() -> None:
    """picamera2's log lines only for those who configure logging; our one line says the rest."""
    import logging

    logging.getLogger("picamera2").addHandler(logging.NullHandler())
