"""The options that are tried, each alone, against the recipe that it is added to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One change of a base recipe."""

    name: str
    options: tuple[str, ...]  # of python -m train, after the base's own


@dataclass(frozen=True)
class Base:
    """A small recipe and all that is tried on it, by subject."""

    name: str
    options: tuple[str, ...]
    tells: str
    groups: dict[str, tuple[Variant, ...]]

    def variants(self) -> list[Variant]:
        """Everything that is tried, in order."""
        return [variant for group in self.groups.values() for variant in group]


def _each(prefix: str, *options: str) -> tuple[Variant, ...]:
    """A variant for each text of options, named by it."""
    return tuple(
        Variant(f"{prefix}{' '.join(text.split()).replace('--', '').replace(' ', '-')}",
                tuple(text.split()))
        for text in options
    )  # fmt: skip


_PLAIN = Base(
    "plain",
    ("--architecture", "cifar-cnn", "--epochs", "12", "--precision", "float32"),
    "the textbooks' CNN (conv 32-64-64, dense 64; Adam at 0.001; batches of 64; 12 epochs)",
    {
        "activation": _each("", "--activation relu6", "--activation tanh", "--activation sigmoid"),
        "form of the network": _each(
            "", "--pooling average", "--batch-norm", "--residual", "--depth 2",
            "--depth 2 --residual", "--depth 2 --residual --batch-norm",
            "--architecture wide-cnn", "--architecture dense",
        ),
        "regularisation": _each(
            "", "--l1 0.00001", "--l2 0.0001", "--optimizer adamw --weight-decay 0.01",
            "--optimizer adamw --weight-decay 0.1", "--dropout 0.3", "--dropout 0.5",
            "--label-smoothing 0.1", "--patience 3", "--keep latest", "--ema-decay 0.99",
        ),
        "optimizer and rate": _each(
            "", "--optimizer sgd", "--schedule cosine", "--schedule triangle --warmup 0.2",
            "--warmup 0.1", "--clip-norm 1", "--optimizer sgd --clip-norm 1",
        ),
        "loss": _each("", "--focal-gamma 2"),
        "precision": _each("", "--precision mixed_bfloat16"),
        "one change of the pictures": _each(
            "", "--flip horizontal", "--flip vertical", "--rotate 10", "--zoom 0.15", "--shift 3",
            "--crop 0.6", "--perspective 2", "--erase 8", "--blur 0.6", "--motion 2",
            "--vignette 0.3", "--bands 0.1", "--white-balance 0.15", "--brightness 0.3",
            "--hue 10", "--saturation 0.3", "--contrast 0.3", "--gamma 0.3", "--noise 6",
            "--sensor 8", "--jpeg 40", "--mixup 0.2", "--cutmix 1",
        ),
        "a whole policy": _each(
            "", "--augment basic", "--augment digits", "--augment photos", "--augment overhead",
            "--augment camera", "--augment strong",
        ),
    },
)  # fmt: skip

_WHITENED = Base(
    "whitened",
    (
        *("--preset", "default", "--widths", "32,64,64", "--epochs", "8"),
        *("--batch-size", "200", "--precision", "float32"),
    ),
    "the default recipe, narrow and short (widths 32-64-64, batches of 200, 8 epochs), which one"
    " of its own parts is taken from or exchanged",
    {
        "taken out": _each(
            "", "--no-flip", "--shift 0", "--erase 0", "--label-smoothing 0", "--weight-decay 0",
            "--ema-decay 0", "--warmup 0",
        ),
        "exchanged": _each(
            "", "--optimizer sgd", "--schedule cosine", "--schedule constant",
            "--clip-norm 1", "--keep latest", "--precision mixed_bfloat16", "--mixup 0.2",
            "--cutmix 1", "--augment photos", "--augment camera", "--augment strong",
        ),
    },
)  # fmt: skip

BASES = {base.name: base for base in (_PLAIN, _WHITENED)}
