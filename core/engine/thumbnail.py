# SPDX-License-Identifier: GPL-3.0-or-later
"""The small picture by which a style is known in the library."""

import io

import numpy as np
from PIL import Image

SIDE_PX = 128
_COLORS = 128  # keep a painted thumbnail's look at a third of the bytes: the file has to stay small


def thumbnail(pixels: np.ndarray) -> bytes:
    """A PNG, SIDE_PX square, of the middle of painted pixels (H, W, 4) in [0, 1]."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side, :3]
    image = Image.fromarray((square * 255 + 0.5).astype(np.uint8))
    image = image.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.quantize(_COLORS, dither=Image.Dither.FLOYDSTEINBERG).save(file, "PNG", optimize=True)
    return file.getvalue()
