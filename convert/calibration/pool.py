"""Pictures of the user's own to calibrate on: a folder of photos or frames, or an .npz file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from convert.calibration.arrays import read_npz
from convert.calibration.folder import read_folder
from convert.pictures import Pictures
from edge.errors import DataError
from edge.messages import print_warning
from edge.preprocess import FrameToInput


def read_pool(
    path: Path,
    labels: tuple[str, ...],
    spec: FrameToInput,
    warn: Callable[[str], None] = print_warning,
    *,
    held_out: bool = False,
) -> Pictures:
    """The pictures at ``path``, none larger than the model's input, so that memory holds them.

    A folder holds pictures, or one folder with pictures for each class, named as in ``labels``, or
    both. An .npz holds x_train and, if the classes are known, y_train, or pixels and class_ids;
    of ``held_out`` pictures, x_test and y_test.
    ``warn`` gets a line for each file that cannot be read. Raises DataError when nothing is left,
    or for a class that the model does not have.
    """
    if path.is_dir():
        return read_folder(path, labels, spec, warn)
    if path.suffix.lower() == ".npz":
        return read_npz(path, labels, spec, held_out=held_out)
    fault = "neither a folder nor an .npz file" if path.exists() else "no such folder or file"
    raise DataError(
        f"{path}: {fault}; name a folder of pictures, such as python -m edge.camera --save-frames"
        " fills, or an .npz file"
    )
