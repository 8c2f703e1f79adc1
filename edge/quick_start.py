"""Starts an app sooner, by leaving out what Python and numpy do at first for other programs."""

from __future__ import annotations

import gc
import os

_paused = False  # garbage collection, by ``start_quickly``


def start_quickly() -> None:
    """Leave out what a start does not need; to be called before numpy is imported.

    numpy's OpenBLAS starts a thread a core to multiply matrices, which nothing here does. While a
    process has several threads, the kernel tells every core of each page that it maps anew, so that
    importing numpy and OpenCV takes a third longer. A number that the user has set stays.

    What is imported stays, too, so that looking for garbage in it finds none. ``start_is_over``
    brings the search back.
    """
    global _paused
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _paused = _paused or gc.isenabled()
    gc.disable()


def start_is_over() -> None:
    """Collect garbage from now on, after ``start_quickly``, but never in what is there already.

    Each search through all modules would hold the frames up for some milliseconds.
    """
    global _paused
    if _paused:
        gc.freeze()
        gc.enable()
        _paused = False
