"""Samples of a set as one PNG, written with zlib alone.

Source of the format: PNG Specification, third edition, W3C 2025, sections 5 (chunks) and 9 (filters).
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_GAP = 1  # pixels


def samples(
    images: NDArray[np.uint8], labels: NDArray[np.int64], classes: int, count: int
) -> NDArray[np.uint8]:
    """The first `count` images of each class, a column a class. images: (N, C, H, W), values 0 to 255, C 1 or 3.

    Gives (rows, columns, 3) uint8 on white.
    """
    _, _, height, width = images.shape
    size = (count * (height + _GAP) - _GAP, classes * (width + _GAP) - _GAP, 3)
    canvas = np.full(size, 255, dtype=np.uint8)
    for label in range(classes):
        for row, image in enumerate(images[labels == label][:count]):
            y, x = row * (height + _GAP), label * (width + _GAP)
            canvas[y : y + height, x : x + width] = image.transpose(1, 2, 0)
    return canvas


def png(pixels: NDArray[np.uint8], zoom: int = 1) -> bytes:
    """A PNG of (rows, columns, 3) uint8, each pixel as zoom × zoom."""
    rows = pixels.repeat(zoom, 0).repeat(zoom, 1)
    height, width, _ = rows.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)  # each line begins with its filter: 0, none
    lines[:, 1:] = rows.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
