# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of manners, painted by rule: the training's source of mark-making with no outside picture in it."""

import zlib

import numpy as np
from PIL import Image

from . import lines, pieces, prints, strokes
from .scene import Scene

KINDS = {**strokes.KINDS, **lines.KINDS, **prints.KINDS, **pieces.KINDS}
FINE = 2  # painted so many times finer than shown, so that marks have smooth edges


def paint(kind: str, size: int, seed: int) -> np.ndarray:
    """A picture (size, size, 3) uint8 in one of `KINDS`; its composition, palette and scale come from the seed.

    Marks have the same size in pixels whatever the size of the picture: from 0.7 to 1.8 times their usual one.
    """
    random = np.random.default_rng((zlib.crc32(kind.encode()), seed))
    unit = FINE * float(np.exp(random.uniform(np.log(0.7), np.log(1.8))))
    picture = KINDS[kind](Scene(size * FINE, unit, random))
    fine = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.asarray(fine.reduce(FINE))
