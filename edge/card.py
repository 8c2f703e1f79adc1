"""The model card and the labels: files that travel in the zip at the end of a .tflite file."""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelFileError
from edge.labels import parse_labels
from edge.preprocess import Crop, Frame, Interpolation

CARD_NAME = "card.json"
LABELS_NAME = "labels.txt"
SCHEMA_VERSION = 1

_KNOWN = ("schema_version", "crop", "interpolation", "temperature", "unknown_threshold")
_KNOWN_GOLDEN = ("golden", "golden_tolerance")
_LARGEST_ENTRY = 16 * 1024 * 1024  # bytes; a list of labels or a card is a few thousand
_LARGEST_FRAME = 4096 * 4096 * 3  # bytes; golden frames are as small as the model's input


class GoldenFrame(NamedTuple):
    """A frame and the scores that the model gives for it wherever it runs rightly."""

    pixels: Frame  # uint8 (height, width, 3), RGB
    scores: tuple[float, ...]  # one probability a class


class Card(NamedTuple):
    """What the TFLite format has no field for."""

    schema_version: int
    crop: Crop
    interpolation: Interpolation
    temperature: float  # divides the logits so that scores match how often they are right, > 0
    unknown_threshold: float  # a best score below it means "none of the classes", 0.0 to 1.0
    golden: tuple[GoldenFrame, ...]
    golden_tolerance: float  # largest difference of a score that still counts as equal
    facts: Mapping[str, Any]  # how the model was made and measured; JSON values

    def to_json(self) -> str:
        """The card as JSON text; ValueError when ``facts`` uses a name that the card has."""
        taken = set(self.facts).intersection((*_KNOWN, *_KNOWN_GOLDEN))
        if taken:
            raise ValueError(f"facts hold {sorted(taken)}, which are fields of the card")
        fields = {name: getattr(self, name) for name in _KNOWN} | dict(self.facts)
        fields["golden_tolerance"] = self.golden_tolerance
        fields["golden"] = [_golden_to_json(golden) for golden in self.golden]
        return json.dumps(fields, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = CARD_NAME) -> Card:
        """The card that ``text`` holds; ModelFileError, naming ``source``, when it holds none."""
        try:
            fields = json.loads(text)
            version = int(fields["schema_version"])
            if version > SCHEMA_VERSION:
                raise ModelFileError(
                    f"{source}: its card has version {version}, this software reads up to "
                    f"{SCHEMA_VERSION}; update the software"
                )
            facts = {k: v for k, v in fields.items() if k not in (*_KNOWN, *_KNOWN_GOLDEN)}
            return cls(
                schema_version=version,
                crop=cast(Crop, _one_of(fields["crop"], get_args(Crop))),
                interpolation=cast(
                    Interpolation, _one_of(fields["interpolation"], get_args(Interpolation))
                ),
                temperature=_between(fields["temperature"], math.ulp(0.0), math.inf),
                unknown_threshold=_between(fields["unknown_threshold"], 0.0, 1.0),
                golden=tuple(_golden_from_json(golden) for golden in fields["golden"]),
                golden_tolerance=float(fields["golden_tolerance"]),
                facts=facts,
            )
        except ModelFileError:
            raise
        except (KeyError, TypeError, ValueError, ArithmeticError, zlib.error) as error:
            raise ModelFileError(
                f"{source}: its card is damaged ({type(error).__name__}: {error}); "
                "copy the file again or convert the model again"
            ) from error


def read_card(model_path: Path, data: bytes | None = None) -> Card | None:
    """The card inside the model file, None when it has none; ModelFileError when it is damaged.

    ``data`` are the bytes of the file, for a caller that has them already.
    """
    with _Entries(model_path, data) as entries:
        return _card(entries, model_path)


def read_labels(model_path: Path, data: bytes | None = None) -> tuple[str, ...] | None:
    """The labels inside the model file: ``labels.txt``, else the first text file; None without."""
    with _Entries(model_path, data) as entries:
        return _labels(entries)


def read_card_and_labels(
    model_path: Path, data: bytes
) -> tuple[Card | None, tuple[str, ...] | None]:
    """What ``read_card`` and ``read_labels`` give, from one opening of the file's zip."""
    with _Entries(model_path, data) as entries:
        return _card(entries, model_path), _labels(entries)


def _card(entries: _Entries, model_path: Path) -> Card | None:
    if CARD_NAME not in entries.names:
        return None
    return Card.from_json(entries.text(CARD_NAME), source=str(model_path))


def _labels(entries: _Entries) -> tuple[str, ...] | None:
    texts = [name for name in entries.names if name.endswith(".txt")]
    if not texts:
        return None
    text = entries.text(LABELS_NAME if LABELS_NAME in texts else texts[0])
    return parse_labels(text, numbered=CARD_NAME not in entries.names)


def append_files(model_bytes: bytes, files: Mapping[str, str]) -> bytes:
    """The model with ``files`` (name -> text) in its zip; the same input gives the same bytes.

    ValueError when the model holds a file of that name already.
    """
    target = io.BytesIO(model_bytes)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        for name, text in files.items():
            if name in archive.namelist():
                raise ValueError(f"the model holds a file {name!r} already")
            # ZipInfo by hand: its date is fixed, where writestr(name) takes the clock's.
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3  # Unix everywhere, or the bytes would depend on the machine
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode("utf-8"))
    return target.getvalue()


class _Entries:
    """The text files inside a model file, for the length of a ``with`` block."""

    def __init__(self, model_path: Path, data: bytes | None) -> None:
        self._path = model_path
        try:
            stream = io.BytesIO(model_path.read_bytes() if data is None else data)
            self._archive = zipfile.ZipFile(stream) if zipfile.is_zipfile(stream) else None
        # NotImplementedError: a version this Python lacks; ValueError: a name that is no UTF-8.
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise self._damaged("the files inside it", error) from error
        self.names = self._archive.namelist() if self._archive else []

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive:
            self._archive.close()

    def text(self, name: str) -> str:
        assert self._archive is not None  # a name can only come from an archive
        try:
            if self._archive.getinfo(name).file_size > _LARGEST_ENTRY:
                raise ValueError(f"larger than {_LARGEST_ENTRY} bytes")
            return self._archive.read(name).decode("utf-8")
        # RuntimeError: encrypted; NotImplementedError: a compression this Python lacks; EOFError:
        # a size beyond the end.
        except (
            zipfile.BadZipFile,
            zlib.error,
            ValueError,
            RuntimeError,
            OSError,
            EOFError,
        ) as error:
            raise self._damaged(f"{name} inside it", error) from error

    def _damaged(self, what: str, error: Exception) -> ModelFileError:
        return ModelFileError(f"{self._path}: {what} cannot be read ({error}); copy the file again")


def _between(value: object, low: float, high: float) -> float:
    number = float(cast(Any, value))
    if not (low <= number <= high and math.isfinite(number)):
        raise ValueError(f"{number} is not from {low:g} to {high:g}")
    return number


def _one_of(value: object, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return str(value)


def _golden_to_json(golden: GoldenFrame) -> dict[str, object]:
    packed = zlib.compress(np.ascontiguousarray(golden.pixels, np.uint8).tobytes(), 9)
    return {
        "shape": list(golden.pixels.shape),
        "pixels": base64.b64encode(packed).decode("ascii"),
        "scores": [float(score) for score in golden.scores],
    }


def _golden_from_json(fields: Mapping[str, Any]) -> GoldenFrame:
    height, width, channels = (int(length) for length in fields["shape"])
    if channels != 3 or not 0 < height * width * channels <= _LARGEST_FRAME:
        raise ValueError(f"golden frame of shape {fields['shape']}")
    try:
        packed = base64.b64decode(fields["pixels"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"golden frame: {error}") from error
    # Bounded, or a few damaged bytes could unpack to gigabytes.
    raw = zlib.decompressobj().decompress(packed, height * width * channels + 1)
    pixels: NDArray[np.uint8] = np.frombuffer(raw, np.uint8).reshape(height, width, channels)
    return GoldenFrame(pixels, tuple(float(score) for score in fields["scores"]))
