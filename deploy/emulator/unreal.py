"""A pytest plugin for the guests: skips what qemu cannot emulate, each with its reason.

``python -m pytest -p deploy.emulator.unreal``; what is skipped is in the report.
"""

from __future__ import annotations

import pytest

_NO_V4L2 = "qemu's user mode answers ENOSYS to V4L2's requests, a kernel ENOTTY"
_REAL_TIME = "what a video or several apps do within a second takes longer"

# Tests below tests/edge, as "file::function" or "file::function[parameters", and why they cannot
# hold. Where time is all, tests get more of it (TEST_PATIENCE); these count what happens in it.
UNREAL: dict[str, str] = {
    "test_checks_hardware.py::test_a_node_that_is_none": _NO_V4L2,
    "test_checks_source.py::test_cameras_that_are_none[/dev/null": _NO_V4L2,
    "test_fault_bench.py::test_every_interruption_is_survived_and_said_once": _REAL_TIME,
    "test_fault_bench.py::test_fifty_interruptions_and_the_label_is_back_in_time": _REAL_TIME,
    "test_saved_frames.py::test_the_command_saves_whole_frames_in_their_colours": _REAL_TIME,
    "test_v4l2.py::test_what_cannot_be_asked[/dev/null": _NO_V4L2,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what cannot hold."""
    for item in items:
        for name, reason in UNREAL.items():
            if f"{item.path.name}::{item.name}".startswith(name):
                item.add_marker(pytest.mark.skip(reason=f"emulated: {reason}"))
