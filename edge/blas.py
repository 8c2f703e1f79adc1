"""Keeps numpy from starting threads that the device side has no work for."""

from __future__ import annotations

import os


def start_no_blas_threads() -> None:
    """Have numpy's OpenBLAS do without threads of its own; to be called before numpy is imported.

    It starts one a core to multiply matrices, which nothing here does. While a process has several
    threads, the kernel tells every core of each page that it maps anew, so that importing numpy and
    OpenCV takes a third longer. A number that the user has set stays.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
