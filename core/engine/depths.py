# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of pixels, as computed with and as kept; and large pictures gone through band by band."""

from collections.abc import Iterator

import numpy as np

TOPS = {"uint8": 255, "uint16": 65535}
"""What 1 is in integers."""
_ROWS = 256


def bands(height: int, unit: int = 1) -> Iterator[slice]:
    """The rows of a picture, few enough at a time to take little memory, in multiples of `unit`."""
    step = max(1, _ROWS // unit) * unit
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def numbers(pixels: np.ndarray) -> np.ndarray:
    """Pixels as float32, integers brought to [0, 1]."""
    top = TOPS.get(pixels.dtype.name)
    if top is None:
        return pixels.astype(np.float32, copy=False)
    return np.divide(pixels, np.float32(top), dtype=np.float32)


def integers(pixels: np.ndarray, depth: str) -> np.ndarray:
    """Pixels as integers of a depth, to the nearest and without dither; what is no number becomes 0."""
    if pixels.dtype.name == depth:
        return pixels
    kept = np.empty(pixels.shape, depth)
    for rows in bands(len(pixels)):
        kept[rows] = np.rint(np.nan_to_num(numbers(pixels[rows]).clip(0, 1)) * TOPS[depth])
    return kept
