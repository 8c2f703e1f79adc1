"""Where things stand in the picture: flips, shifts by whole pixels, one map for the rest."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from train.augment.draws import Draws
from train.augment.policy import REFERENCE_SIDE, Flip, Policy

_NARROWEST, _WIDEST = 3 / 4, 4 / 3  # aspect ratios of a random part, as in arXiv:1409.4842

Map = NDArray[np.float64]  # (n, 3, 3): from pixels of the result to pixels of the original


def flip(
    pixels: NDArray[np.uint8], positions: NDArray[np.int64], how: Flip, seed: int, epoch: int
) -> None:
    """Mirror pictures in place: a coin a picture for epoch 0, then in turn.

    Alternating shows both sides of each picture in any two epochs (arXiv:2404.00498, section 3.6);
    with both directions it takes four.
    """
    if how in ("horizontal", "both"):
        mirrored = _coins([seed], positions) ^ (epoch % 2 == 1)
        pixels[mirrored] = pixels[mirrored, :, ::-1]
    if how in ("vertical", "both"):
        turn = epoch // 2 if how == "both" else epoch
        mirrored = _coins([seed, 1], positions) ^ (turn % 2 == 1)
        pixels[mirrored] = pixels[mirrored, ::-1]


def _coins(seed: list[int], positions: NDArray[np.int64]) -> NDArray[np.bool_]:
    coins = np.random.default_rng(seed).random(int(positions.max()) + 1) < 0.5
    return coins[positions]


def shifted(pixels: NDArray[np.uint8], reach: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each picture moved by up to ``reach`` pixels, its border reflected."""
    count, height, width, _ = pixels.shape
    padded = np.pad(pixels, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "reflect")
    top, left = rng.integers(0, 2 * reach + 1, (2, count))
    rows = (top[:, None] + np.arange(height))[:, :, None]
    columns = (left[:, None] + np.arange(width))[:, None, :]
    moved: NDArray[np.uint8] = padded[np.arange(count)[:, None, None], rows, columns]
    return moved


def warp(pixels: NDArray[np.uint8], policy: Policy, draws: Draws) -> None:
    """Rotate, zoom, shift, crop and tilt every picture, in place, in one resampling."""
    height, width = pixels.shape[1:3]
    unit = min(height, width) / REFERENCE_SIDE
    maps = scene_maps(
        (height, width),
        angles=np.deg2rad(draws.around("rotate", policy.rotate)),
        scales=1 + draws.around("zoom", policy.zoom),
        right=unit * draws.around("shift right", policy.shift),
        down=unit * draws.around("shift down", policy.shift),
    )
    if policy.crop:
        maps = maps @ crop_maps((height, width), policy.crop, draws)
    if policy.perspective:
        maps = maps @ _tilts((height, width), unit * policy.perspective, draws)
    resample(pixels, maps)


def resample(pixels: NDArray[np.uint8], maps: Map) -> None:
    """Every picture through its map, in place, between pixels linearly; borders are reflected."""
    size = pixels.shape[2], pixels.shape[1]
    flags, border = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REFLECT_101
    is_affine = not maps[:, 2, :2].any()
    for picture, to_original in zip(pixels, maps, strict=True):
        if is_affine:
            moved = cv2.warpAffine(picture, to_original[:2], size, flags=flags, borderMode=border)
        else:
            moved = cv2.warpPerspective(picture, to_original, size, flags=flags, borderMode=border)
        picture[:] = moved.reshape(picture.shape)


def scene_maps(
    size: tuple[int, int],
    *,
    angles: NDArray[np.float64],
    scales: NDArray[np.float64],
    right: NDArray[np.float64],
    down: NDArray[np.float64],
) -> Map:
    """Turned counter-clockwise by ``angles`` (radians), enlarged, then moved (pixels).

    The turn and the zoom are around the middle of the picture of ``size`` (height, width).
    """
    back = _identities(len(angles))
    # Rows count downwards, so that this matrix undoes a turn that looks counter-clockwise.
    back[:, 0, 0] = back[:, 1, 1] = np.cos(angles) / scales
    back[:, 1, 0] = np.sin(angles) / scales
    back[:, 0, 1] = -back[:, 1, 0]
    unmoved = _identities(len(angles))
    unmoved[:, 0, 2], unmoved[:, 1, 2] = -right, -down
    return _around_middle(size, back @ unmoved)


def crop_maps(size: tuple[int, int], smallest: float, draws: Draws) -> Map:
    """A random part of each picture fills it: area from ``smallest`` to 1, any place.

    The "random resized crop" of Szegedy et al., "Going Deeper with Convolutions" (arXiv:1409.4842):
    the part's sides relate as 3:4 to 4:3 (log-uniformly), as far as the picture holds it.
    """
    height, width = size
    area = 1 - draws.up_to("crop area", 1 - smallest)
    aspect = np.exp(np.interp(draws.uniform("crop aspect"), (0, 1), np.log([_NARROWEST, _WIDEST])))
    across = np.minimum(np.sqrt(area * aspect), 1.0)  # shares of the picture's sides
    along = np.minimum(np.sqrt(area / aspect), 1.0)
    maps = _identities(len(area))
    maps[:, 0, 0], maps[:, 1, 1] = across, along
    maps[:, 0, 2] = (draws.uniform("crop left") - 0.5) * (1 - across) * width
    maps[:, 1, 2] = (draws.uniform("crop top") - 0.5) * (1 - along) * height
    return _around_middle(size, maps)


def _tilts(size: tuple[int, int], reach: float, draws: Draws) -> Map:
    """The result's corners show what lies up to ``reach`` pixels from the original's, each way."""
    bottom, right = size[0] - 1, size[1] - 1
    corners = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float32)
    moves = [draws.around(f"corner {number}", reach) for number in range(8)]
    seen = corners + np.stack(moves, axis=1).reshape(-1, 4, 2).astype(np.float32)
    return np.stack([cv2.getPerspectiveTransform(corners, quad) for quad in seen])


def _around_middle(size: tuple[int, int], maps: Map) -> Map:
    """The same maps with (0, 0) in the middle of the picture."""
    to_middle = np.eye(3)
    to_middle[:2, 2] = -(size[1] - 1) / 2, -(size[0] - 1) / 2
    return cast(Map, np.linalg.inv(to_middle) @ maps @ to_middle)


def _identities(count: int) -> Map:
    return np.repeat(np.eye(3)[None], count, axis=0)
