"""Exceptions that no source should raise: a fault for people, a traceback for developers."""

from __future__ import annotations

from edge.errors import SourceError
from edge.messages import print_traceback
from edge.sources.naming import without_passwords

_MOST_TRACED = 16
_LONGEST = 300  # characters of an exception's text: a line, not a page


class Unexpected:
    """Makes faults of one source's odd exceptions: drivers raise what they like."""

    def __init__(self, name: str) -> None:
        """``name`` is what messages call the source."""
        self._name = name
        self._traced: set[tuple[object, ...]] = set()

    def fault(self, error: Exception) -> SourceError:
        """``error`` as a fault of the source, with ``error`` as its cause.

        Its traceback goes to stderr, once for each type and place, and for few of them: a driver
        may raise it at every try.
        """
        import traceback  # here, because hardly a run needs it

        place = traceback.extract_tb(error.__traceback__)[-1:]
        kind = (type(error), *((frame.filename, frame.lineno) for frame in place))
        if kind not in self._traced and len(self._traced) < _MOST_TRACED:
            self._traced.add(kind)
            print_traceback(error, without_passwords)
        # "cv2.error: its text"; unlike str(), it copes with a text that cannot be had.
        lines = " ".join(traceback.format_exception_only(error)).split()
        text = without_passwords(" ".join(lines))[:_LONGEST]
        fault = SourceError(
            f"{self._name}: failed with {text}; check the source, and report the traceback on "
            "stderr if it stays"
        )
        fault.__cause__ = error
        return fault
