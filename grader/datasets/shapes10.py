"""shapes10: small coloured pictures of ten shapes, drawn from a seed. Nothing to download.

One shape an image, in any place, size and tilt, brighter or darker than its background, among clutter and
noise. The pixel under a fixed place says little; a corner, an edge or a hole says much, wherever it lies. So
the linear model, the multi-layer perceptron and the convolutional network come apart (docs/data.md).

The same seed gives the same bytes: pixels are made by + − × ÷ √ min max, which IEEE 754 rounds the same everywhere,
and noise is made of integers. Only the tilt's sine and cosine may differ in their last bit between machines, far too
little to move a pixel's rounded value; `grader data verify shapes10` compares. Images come in blocks of 250, so a short
draw is the start of a long one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZE = 32  # pixels
TRAIN, TEST = (8000, 0), (2000, 1)  # count and seed of the set that everybody has
_BLOCK = 250  # images drawn at once; another number would be other images
_RADIUS = (6.0, 10.0)  # pixels
_WANDER = 4.5  # pixels between the centres of shape and image, in each direction, at most
_TILT = math.radians(30)
_TURNED = 0.08  # share of shapes that are darker than their background
_DOTS, _DOT_RADIUS = 12, (1.5, 4.0)  # clutter behind the shape
_MARGIN = 5  # pixels: a dot's window may stick out of the image
_NOISE = 12  # grey levels to either side


class Images(NamedTuple):
    """images: (N, 3, 32, 32) uint8, channels red, green, blue. labels: (N,) int64, 0 to 9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


def draw(count: int, seed: int) -> Images:
    """The first `count` images of this seed; each 250 hold 25 of every class, shuffled.

    count ≥ 0; seed ≥ 0, of any length. 10,000 images take about three seconds of one core. Raises ValueError if
    either is negative.
    """
    if count < 0:
        raise ValueError(f"count is {count}, expected 0 or more")
    blocks = [_block(seed, number) for number in range(-(-count // _BLOCK))]
    if not blocks:
        return Images(np.zeros((0, 3, SIZE, SIZE), np.uint8), np.zeros(0, np.int64))
    images, labels = (np.concatenate(part)[:count] for part in zip(*blocks, strict=True))
    return Images(images, labels)


def _block(seed: int, number: int) -> Images:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    labels = rng.permutation(np.repeat(np.arange(len(CLASSES)), _BLOCK // len(CLASSES)))
    cover = _shapes(rng, labels)
    back, front = _colours(rng)
    canvas = _background(rng, back)
    canvas += cover[..., None] * (front - canvas)
    noise = rng.integers(-_NOISE, _NOISE + 1, canvas.shape)
    pixels = np.clip(np.floor(canvas * 255.0 + 0.5) + noise, 0, 255)
    images = np.ascontiguousarray(pixels.astype(np.uint8).transpose(0, 3, 1, 2))
    return Images(images, labels.astype(np.int64))


def _shapes(rng: np.random.Generator, labels: NDArray[np.int64]) -> Floats:
    """How much of each pixel the shape covers, 0 to 1: (B, 32, 32)."""
    centre = (SIZE - 1) / 2 + _WANDER * (2 * rng.random((_BLOCK, 2)) - 1)
    radius = _between(rng, _RADIUS, (_BLOCK, 1, 1))
    tilt = _TILT * (2 * rng.random((_BLOCK, 1, 1)) - 1)
    grid = np.arange(SIZE, dtype=np.float64)
    x = (grid - centre[:, :1])[:, None] / radius  # (B, 1, 32)
    y = (grid - centre[:, 1:])[:, :, None] / radius  # (B, 32, 1)
    x, y = np.cos(tilt) * x + np.sin(tilt) * y, np.cos(tilt) * y - np.sin(tilt) * x
    cover = np.empty((_BLOCK, SIZE, SIZE))
    for label, outline in enumerate(_OUTLINES.values()):
        mine = labels == label
        cover[mine] = np.clip(0.5 - radius[mine] * outline(x[mine], y[mine]), 0.0, 1.0)  # one pixel soft
    return cover


def _colours(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Background and shape, (B, 1, 1, 3) each; one of them is brighter in every channel."""
    dark = _between(rng, (0.05, 0.4), (_BLOCK, 1, 1, 3))
    light = dark + 0.25 + (0.7 - dark) * rng.random((_BLOCK, 1, 1, 3))
    turned = rng.random((_BLOCK, 1, 1, 1)) < _TURNED
    return np.where(turned, light, dark), np.where(turned, dark, light)


def _background(rng: np.random.Generator, colour: Floats) -> Floats:
    """The colour with a slope of brightness and dots of any colour on it: (B, 32, 32, 3)."""
    side = SIZE + 2 * _MARGIN
    ramp = (np.arange(side) - (side - 1) / 2) / SIZE
    slope = _between(rng, (-0.2, 0.2), (2, _BLOCK, 1, 1, 1))
    canvas = colour + slope[0] * ramp[:, None] + slope[1] * ramp[:, None, None]
    window = np.arange(2 * _MARGIN)
    for _ in range(_DOTS):
        centre = (SIZE - 1) * rng.random((2, _BLOCK, 1))  # the window spans centre − 5 to centre + 5
        corner = np.floor(centre).astype(np.int64)
        away = corner + window - _MARGIN + 1 - centre  # (2, B, 10) pixels
        distance = _length(away[0][:, :, None], away[1][:, None, :])
        cover = np.clip(_between(rng, _DOT_RADIUS, (_BLOCK, 1, 1)) + 0.5 - distance, 0.0, 1.0)[..., None]
        rows, columns = corner + window + 1
        place = (np.arange(_BLOCK)[:, None, None], rows[:, :, None], columns[:, None, :])
        canvas[place] += cover * (rng.random((_BLOCK, 1, 1, 3)) - canvas[place])
    inner: Floats = canvas[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return inner


def _between(rng: np.random.Generator, ends: tuple[float, float], shape: tuple[int, ...]) -> Floats:
    return ends[0] + (ends[1] - ends[0]) * rng.random(shape)


# Outlines: the signed distance of (x, y) to the edge, below 0 inside, in units of the radius; y grows downwards.
# Source of the idea: signed distance fields, as in J. C. Hart, "Sphere tracing", The Visual Computer 12, 1996.


def _disc(x: Floats, y: Floats) -> Floats:
    return _length(x, y) - 0.95


def _ring(x: Floats, y: Floats) -> Floats:
    return np.abs(_length(x, y) - 0.75) - 0.2


def _square(x: Floats, y: Floats) -> Floats:
    return _box(x, y, 0.85, 0.85)


def _frame(x: Floats, y: Floats) -> Floats:
    return np.abs(_box(x, y, 0.68, 0.68)) - 0.2


def _triangle(x: Floats, y: Floats) -> Floats:
    return np.maximum(y - 0.6, (math.sqrt(3) / 2) * np.abs(x) - 0.5 * y - 0.55)


def _plus(x: Floats, y: Floats) -> Floats:
    return np.minimum(_box(x, y, 0.95, 0.28), _box(x, y, 0.28, 0.95))


def _star(x: Floats, y: Floats) -> Floats:
    # inside at least four of the five lines of a pentagram: the second largest distance counts
    first = second = np.full(np.broadcast(x, y).shape, -np.inf)
    for turn in range(5):
        angle = 2 * math.pi * turn / 5
        line = math.sin(angle) * x + math.cos(angle) * y - 0.38
        second = np.maximum(second, np.minimum(first, line))
        first = np.maximum(first, line)
    return second


def _crescent(x: Floats, y: Floats) -> Floats:
    return np.maximum(_length(x, y) - 0.95, 0.75 - _length(x - 0.5, y))


def _hourglass(x: Floats, y: Floats) -> Floats:
    return np.maximum(np.abs(y) - 0.9, np.abs(x) - 0.9 * np.abs(y) - 0.08)


def _bars(x: Floats, y: Floats) -> Floats:
    outer = np.abs(np.abs(y) - 0.7) - 0.19
    return np.maximum(np.abs(x) - 0.9, np.minimum(np.abs(y) - 0.19, outer))


def _length(x: Floats, y: Floats) -> Floats:
    return np.sqrt(x * x + y * y)


def _box(x: Floats, y: Floats, width: float, height: float) -> Floats:
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


_OUTLINES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "disc": _disc,
    "ring": _ring,
    "square": _square,
    "frame": _frame,
    "triangle": _triangle,
    "plus": _plus,
    "star": _star,
    "crescent": _crescent,
    "hourglass": _hourglass,
    "bars": _bars,
}
CLASSES = tuple(_OUTLINES)
