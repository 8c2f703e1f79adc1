"""The digits' model in several formats, made once for all tests of the conversion."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def digits_files(
    digits_run: Path, digits_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Drafts with a card, float32 and dynamic, and the finished int8 file."""
    from convert.conversion import convert
    from convert.package import pack_draft
    from convert.run import Run
    from convert.subject import of_run

    subject = of_run(Run.open(digits_run))
    folder = tmp_path_factory.mktemp("formats")
    files = {}
    for name in ("float32", "dynamic"):
        files[name] = folder / f"{name}.tflite"
        files[name].write_bytes(pack_draft(subject, convert(subject.source, name).data))
    return {**files, "int8": digits_model}
