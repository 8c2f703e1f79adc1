"""What both sides of the camera's trial know: the machine that does it, the host that judges it."""

from __future__ import annotations

from pathlib import Path

FACT = "fact: "  # begins a line of the console that is a JSON object
# The doctor waits no longer than a board needs: by then, everything it starts has been read once.
STEPS = ("frames", "replug", "sizes", "doctor", "pictures")

MODEL = "models/cifar10_int8.tflite"
FRAMES = Path("demo/frames")  # called NUMBER_LABEL.jpg
DEVICE, SECOND = "/dev/video0", "/dev/video1"
OUTPUT = "/dev/video1"  # of the looped device

SIZE = (640, 480)  # the app's own default
SIZES = ((320, 180), (640, 360), (333, 222))  # asked of the camera; it has no 333x222
DECISIONS = 60
REPLUGS = ("unbind", "unbind", "unbind", "module", "module", "renumber", "unbind")
