"""What mends an installation, said in one way by the app, the doctor and docs/camera.md.

Needs neither numpy nor OpenCV: it speaks where they cannot be imported.
"""

from __future__ import annotations

import re
import sys

from edge.messages import print_message

INSTALL = "pip install -r requirements-edge.txt"
# What the wheels of opencv-python need of a desktop, and systems without one lack.
OPENCV_LIBRARIES = (
    "sudo apt install -y libgl1 libglib2.0-0, "
    "or install opencv-python-headless in place of opencv-python"
)
# picamera2's own parts are built for the numpy that apt brings.
APT_NUMPY = "pip uninstall -y numpy"


def require_opencv() -> None:
    """Import OpenCV and its numpy, or end the process with one line on stderr and exit code 1."""
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        reason = str(error)
        print_message(f"error: OpenCV: cannot be imported ({reason}); {opencv_remedy(reason)}")
        sys.exit(1)


def opencv_remedy(reason: str) -> str:
    """What mends an OpenCV that cannot be imported for ``reason``, the text of the error."""
    library = re.search(r"(lib\S+?\.so[.\d]*): cannot open shared object", reason)
    if library and library.group(1).startswith(("libGL", "libglib", "libgthread")):
        return OPENCV_LIBRARIES
    if library:
        return (
            f"install the system's package with {library.group(1)}, "
            "or opencv-python-headless in place of opencv-python"
        )
    if "numpy" in reason.lower() or "_ARRAY_API" in reason:
        return f"{INSTALL}, which names versions that go together"
    return INSTALL
