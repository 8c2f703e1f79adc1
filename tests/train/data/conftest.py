"""A folder of photos for tests that change it."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def folder(tmp_path, photos):
    """A copy of the photos that a test may change."""
    return shutil.copytree(photos, tmp_path / "colours")
