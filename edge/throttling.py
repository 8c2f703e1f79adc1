"""The board's throttling word for a caller that cannot wait for the program that tells it."""

from __future__ import annotations

import threading
from pathlib import Path

from edge.board import Throttling, kernel_throttling, throttling, vcgencmd_path


class ThrottlingWatch:
    """Keeps the board's last answer; where a program has to be asked, a thread of its own does it.

    A vcgencmd that hangs would else hold up the frames, and the end of the run, for a second.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        """Below ``root`` lies the board's /sys."""
        self._root = root
        self._told: Throttling | None = None
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Have the board asked anew; returns at once, its answer is ``latest`` when it comes."""
        is_asked = self._thread is not None and self._thread.is_alive()
        if self._is_slow() and not is_asked:
            self._thread = threading.Thread(target=self._keep, name="throttling", daemon=True)
            self._thread.start()

    def latest(self) -> Throttling | None:
        """What is known now, at once; None before the first answer, and on other boards."""
        return self._told if self._is_slow() else throttling(self._root)

    def _is_slow(self) -> bool:
        return kernel_throttling(self._root) is None and vcgencmd_path() is not None

    def _keep(self) -> None:
        self._told = throttling(self._root)
