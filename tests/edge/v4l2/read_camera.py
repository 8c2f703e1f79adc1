"""Read frames from the camera in argv[1] and say as JSON what came; run with the fake preloaded."""

from __future__ import annotations

import json
import sys

from edge.errors import SourceError
from edge.sources import SourceOptions, open_source

seen: dict[str, object] = {"error": None}
frames, warnings = [], []
try:
    options = SourceOptions(int(sys.argv[3]), int(sys.argv[4]))
    with open_source(sys.argv[1], options, warn=warnings.append) as source:
        first = source.description
        try:
            for _ in range(int(sys.argv[2])):
                frame = source.read()
                if frame is not None:
                    middle = frame.pixels[frame.pixels.shape[0] // 2, frame.pixels.shape[1] // 2]
                    frames.append((frame.number, frame.pixels.shape, middle.tolist()))
        except SourceError as error:
            seen["error"] = str(error)
        seen |= {"first": first, "description": source.description, "damaged": source.damaged}
except SourceError as error:
    seen["error"] = str(error)
print(json.dumps(seen | {"frames": frames, "warnings": warnings}))
