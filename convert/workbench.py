"""The files under way: what was converted so far, and a draft of each to be measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convert.conversion import Conversion, Format, Io, convert
from convert.package import pack_draft
from convert.subject import Subject
from edge.atomic import replace_file


class Workbench:
    """Converts a subject to one format after the other, each once.

    Attributes:
        subject: What is converted.
        made: What the converter gave, by format.
        drafts: Files with labels and the card as far as it is known, by format.
        sizes: Bytes of each draft's graph alone, by format.
    """

    def __init__(
        self,
        subject: Subject,
        calibration: NDArray[np.uint8] | None,
        io: Io,
        scratch: Path,
        *,
        correct_biases: bool = True,
    ) -> None:
        """``calibration`` pixels (n, height, width, channels), 0 to 255; drafts in ``scratch``."""
        self.subject = subject
        self.made: dict[Format, Conversion] = {}
        self.drafts: dict[Format, Path] = {}
        self.sizes: dict[Format, int] = {}
        self._calibration, self._io, self._scratch = calibration, io, scratch
        self._correct_biases = correct_biases

    @property
    def can_calibrate(self) -> bool:
        """Whether there are pictures that show the ranges of an int8 file."""
        return self._calibration is not None

    def make(self, format_: Format) -> bytes:
        """The graph in a format; says what making it took. DataError when the converter cannot."""
        if format_ not in self.made:
            float32 = self.made.get("float32")
            made = convert(
                self.subject.source,
                format_,
                self._calibration,
                io=self._io,
                float32=None if float32 is None else float32.data,
                correct_biases=self._correct_biases,
            )
            biases = f"; {made.correction.told()}" if made.correction else ""
            print(
                f"{format_}: {len(made.data):,} bytes, converted in {made.seconds:.1f} s with"
                f" {made.peak_mb:,.0f} MB at most{biases}",
                flush=True,
            )
            self.made[format_] = made
            self.put(format_, made.data)
        return self.made[format_].data

    def put(self, format_: Format, graph: bytes) -> None:
        """Let ``graph`` be the draft of a format, in place of what the converter gave."""
        path = self._scratch / f"{format_}.tflite"
        with replace_file(path) as stream:
            stream.write(pack_draft(self.subject, graph))
        self.drafts[format_], self.sizes[format_] = path, len(graph)
