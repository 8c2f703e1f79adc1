"""The policy: which random changes training pictures get, and how strong at most, as one value."""

from __future__ import annotations

from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from edge.errors import UsageError

REFERENCE_SIDE = 32  # lengths are 32nds of the shorter side: pixels of a 32-pixel picture

Flip = Literal["none", "horizontal", "vertical", "both"]
FLIPS: tuple[Flip, ...] = get_args(Flip)

_FLIPPED = {
    "horizontal": "flips left-right",
    "vertical": "flips up-down",
    "both": "flips left-right and up-down",
}


def _change(highest: float, explains: str, says: str) -> Any:
    """A number that is off at 0; ``says`` tells it in a summary."""
    return field(default=0, metadata={"highest": highest, "help": explains, "says": says})


@dataclass(frozen=True)
class Policy:
    """The largest strength of every change; 0 turns it off, and all are off by default.

    Each picture draws its own strength anew in each epoch, uniformly from 0 (or from minus the
    largest) to the largest. Lengths are 32nds of the picture's shorter side; a factor of 0.2 is
    one from 0.8 to 1.2. Pictures are changed in the order of the fields; mixes are made last.
    """

    flip: Flip = "none"  # in turn: any two epochs (four for both) show each side of a picture
    rotate: float = _change(180, "degrees to each side", "turned by +-{:g} degrees")
    zoom: float = _change(0.9, "size, as a factor: 0.2 is 0.8 to 1.2", "size +-{:.0%}")
    shift: int = _change(31, "32nds of the side, each direction", "shifts of {:g}/32 of the side")
    crop: float = _change(
        1,
        "smallest share of the area that a random part of the picture has",
        "crops of {:.0%} or more",
    )
    perspective: float = _change(
        8, "how far each corner moves, in 32nds of the side", "corners moved by {:g}/32 of the side"
    )
    erase: int = _change(31, "side of the erased square, in 32nds", "squares of {:g}/32 erased")

    probability: float = field(
        default=1.0,
        metadata={"highest": 1, "help": "that a picture gets each change from --blur to --jpeg"},
    )
    blur: float = _change(8, "sigma of a lens out of focus, in 32nds", "blur of sigma {:g}/32")
    motion: float = _change(
        31, "streak of a moving camera, in 32nds", "streaks of {:g}/32 of the side"
    )
    vignette: float = _change(0.9, "share that the corners lose", "corners darker by {:.0%}")
    bands: float = _change(0.9, "depth of flickering light's bands", "light bands of {:.0%}")
    white_balance: float = _change(0.9, "red against blue, as a factor", "white balance +-{:.0%}")
    brightness: float = _change(1, "as a factor", "brightness +-{:.0%}")
    hue: float = _change(180, "degrees around the circle of colours", "hue +-{:g} degrees")
    saturation: float = _change(1, "as a factor; 1 reaches grey", "saturation +-{:.0%}")
    contrast: float = _change(1, "as a factor", "contrast +-{:.0%}")
    gamma: float = _change(
        4, "tone curve: 0.3 is exponents from 1/1.3 to 1.3", "tone curve +-{:.0%}"
    )
    noise: float = _change(128, "sigma of even noise, in grey levels", "noise of sigma {:g}")
    sensor: float = _change(
        32,
        "sigma of a sensor's noise at middle grey, more in the dark",
        "sensor noise of sigma {:g}",
    )
    jpeg: int = _change(100, "lowest JPEG quality, 1 to 100", "JPEG of quality {:g} or more")

    mixup: float = _change(8, "alpha of mixup: two pictures, one seen through the other",
                           "mixup of alpha {:g}")  # fmt: skip
    cutmix: float = _change(
        8, "alpha of CutMix: a part is another picture's", "CutMix of alpha {:g}"
    )

    def replace(self, **changes: Any) -> Policy:
        """A copy with the changes that are not None."""
        return Policy(**{**asdict(self), **{k: v for k, v in changes.items() if v is not None}})

    def check(self) -> None:
        """Raise UsageError for values that no picture can be changed by."""
        if self.flip not in FLIPS:
            raise UsageError(f"--flip: {self.flip!r} is none of {', '.join(FLIPS)}")
        for each in numbers():
            value, highest = getattr(self, each.name), each.metadata["highest"]
            kind, article = (int, "a whole") if is_whole(each) else (int | float, "a")
            if type(value) is bool or not isinstance(value, kind) or not 0 <= value <= highest:
                raise UsageError(
                    f"{option_of(each.name)}: must be {article} number from 0 to {highest:g},"
                    f" not {value!r}"
                )

    @property
    def warps(self) -> bool:
        """True when pictures are resampled; flips and shifts alone move whole pixels."""
        return any((self.rotate, self.zoom, self.crop, self.perspective))

    @property
    def mirrors(self) -> bool:
        """True when left and right change places."""
        return self.flip in ("horizontal", "both")

    @property
    def mixes(self) -> bool:
        """True when a picture may get parts of another, and its target with them."""
        return bool(self.mixup or self.cutmix)

    def active(self) -> dict[str, str]:
        """The changes that are on, in their order: each one's field and what it says of itself."""
        flips = {"flip": _FLIPPED[self.flip]} if self.flip != "none" else {}
        return flips | {
            each.name: each.metadata["says"].format(getattr(self, each.name))
            for each in numbers()
            if each.name != "probability" and getattr(self, each.name)
        }

    def alone(self, name: str) -> Policy:
        """The policy of this one change, for every picture."""
        return Policy(**{name: getattr(self, name)})

    def summary(self) -> str:
        """One line for the report."""
        line = ", ".join(self.active().values()) or "no changes"
        rare = self.probability < 1 and any(name in self.active() for name in OCCASIONAL)
        return f"{line} (from lens to JPEG each for {self.probability:.0%})" if rare else line


def numbers() -> list[Field[Any]]:
    """Every field of Policy but ``flip``: a number with ``highest`` and ``help`` as metadata."""
    return [each for each in fields(Policy) if each.metadata]


def is_whole(number: Field[Any]) -> bool:
    """True where 2.5 makes no sense."""
    return number.type == "int"


def option_of(name: str) -> str:
    """The option of the command line that sets the field."""
    return f"--{name.replace('_', '-')}"


# What a picture gets with the policy's probability only.
OCCASIONAL = (
    "blur", "motion", "vignette", "bands", "white_balance", "brightness", "hue", "saturation",
    "contrast", "gamma", "noise", "sensor", "jpeg",
)  # fmt: skip

POLICIES: dict[str, Policy] = {
    "none": Policy(),
    "basic": Policy(flip="horizontal", shift=3),
    "digits": Policy(rotate=12, zoom=0.12, shift=2),
    "photos": Policy(
        flip="horizontal", rotate=10, crop=0.5,
        brightness=0.2, contrast=0.2, saturation=0.2, white_balance=0.1,
    ),
    "overhead": Policy(
        flip="both", rotate=180, zoom=0.15, shift=2,
        brightness=0.2, contrast=0.2, saturation=0.2, white_balance=0.1,
    ),
    "camera": Policy(
        flip="horizontal", rotate=5, zoom=0.15, shift=3,
        probability=0.5, blur=0.6, motion=2, vignette=0.3, bands=0.1, white_balance=0.15,
        brightness=0.4, saturation=0.3, contrast=0.3, gamma=0.3, noise=4, sensor=8, jpeg=40,
    ),
    "strong": Policy(
        flip="horizontal", rotate=10, crop=0.35, erase=8,
        brightness=0.3, contrast=0.3, saturation=0.4, white_balance=0.1, hue=10,
        cutmix=1.0,
    ),
}  # fmt: skip
