"""Every error that a user can act on.

EdgeError
├── ModelFileError       (ValueError)   the model file is missing, damaged or no image classifier
├── SourceError          (OSError)      a camera, stream, video or picture gives no frame
├── DataError            (ValueError)   photos or arrays that training and conversion cannot use
├── OutputError          (OSError)      a result cannot be written
├── RuntimeMissingError  (ImportError)  no TFLite interpreter that works here is installed
└── UsageError           (ValueError)   arguments that parse but make no sense together

Each message is one line: ``<file or source>: <fault>; <remedy>``. Anything else that is raised is a
bug of ours and keeps its traceback.
"""

from __future__ import annotations


class EdgeError(Exception):
    """A fault that the user can put right; its message says how."""


class ModelFileError(EdgeError, ValueError):
    """The .tflite file is missing, damaged, or no image classifier that runs here."""


class SourceError(EdgeError, OSError):
    """A camera, stream, video file, folder or picture that gives no frame."""


class DataError(EdgeError, ValueError):
    """Photos or arrays that training and conversion cannot use."""


class OutputError(EdgeError, OSError):
    """A result that cannot be written where it was asked for."""


class RuntimeMissingError(EdgeError, ImportError):
    """No TFLite interpreter is installed, or none that works with this Python and numpy."""


class UsageError(EdgeError, ValueError):
    """Arguments that parse one by one but make no sense together or with this source."""
