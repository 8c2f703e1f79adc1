"""A pytest plugin for the guests: skips what qemu cannot emulate, each with its reason.

``python -m pytest -p deploy.emulator.unreal``; what is skipped is in the report.
"""

from __future__ import annotations

import pytest

# Test, as "file::function" below tests/edge, and what it would need.
UNREAL: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what cannot hold."""
    for item in items:
        function = getattr(item, "originalname", item.name)
        reason = UNREAL.get(f"{item.path.name}::{function}")
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"emulated: {reason}"))
