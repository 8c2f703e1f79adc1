"""The SHA-256 of a file in memory, reckoned while other work goes on."""

from __future__ import annotations

import hashlib
from threading import Thread


class Digest:
    """Begun at once in a thread of its own, which lets Python work meanwhile.

    For a model of some megabytes, a processor without instructions for it takes some ten
    milliseconds, about as long as it takes to load an interpreter.
    """

    def __init__(self, data: bytes) -> None:
        self._hash = hashlib.sha256()
        self._thread = Thread(target=self._hash.update, args=(data,), name="digest", daemon=True)
        self._thread.start()

    def hex(self) -> str:
        """64 hex digits, as ``sha256sum`` prints them; waits until they are there."""
        self._thread.join()
        return self._hash.hexdigest()
