"""edge.digest: a file's SHA-256, whoever asks and whenever."""

from __future__ import annotations

import hashlib

import pytest

from edge.digest import Digest


@pytest.mark.parametrize("data", [b"", b"model", bytes(range(256)) * 20_000], ids=len)
def test_it_is_that_of_the_whole_file(data: bytes):
    digest = Digest(data)
    assert digest.hex() == hashlib.sha256(data).hexdigest()
    assert digest.hex() == hashlib.sha256(data).hexdigest(), "asked again"
