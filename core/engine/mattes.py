# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks as requests name them: painted ones, a picture's alpha, and what a renderer says of its things."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import UserError
from . import cryptomatte, pictures
from .depths import numbers

KINDS = ("alpha", *cryptomatte.THINGS, *cryptomatte.NUMBERED)
"""What a mask can be made of, beside a picture of the mask itself."""


def read(wanted: Sequence[dict[str, Any]], pixels: np.ndarray, arrays: Sequence[np.ndarray]) -> np.ndarray:
    """How much of each pixel of a picture (H, W, 4) some masks take together: (H, W) float32 in [0, 1].

    What two masks take of one pixel is added, as the things in it lie side by side.

    :param wanted: each {"array": place in `arrays`} of a mask (H, W) float32; {"file": FILE}, a picture that is white
        where it takes; {"of": "alpha"}, of the picture itself or of a "file"; {"of": another of KINDS, "name": name,
        pattern or number, "file": a render}. With {"invert": True} it takes what it would leave.
    :raises UserError: a file cannot be read or knows no such thing, or a mask has other proportions than the picture.
    """
    return np.clip(sum(_read(one, pixels, arrays) for one in wanted), 0, 1)


def _read(wanted: dict[str, Any], pixels: np.ndarray, arrays: Sequence[np.ndarray]) -> np.ndarray:
    path = Path(wanted.get("file", ""))
    if "array" in wanted:
        mask = arrays[wanted["array"]]
    elif wanted.get("of") == "alpha":
        mask = numbers((pictures.read(path).pixels if "file" in wanted else pixels)[..., 3])
    elif "of" in wanted:
        mask = cryptomatte.matte(path, wanted["of"], wanted["name"])
    else:
        mask = _white(path)
    mask = _fitted(mask, pixels.shape[:2])
    return 1 - mask if wanted.get("invert") else mask


def _white(path: Path) -> np.ndarray:
    """How white a picture is, as its numbers are stored; nothing where it is transparent."""
    picture = pictures.read(path)
    return picture.data()[..., :3].mean(2) * picture.pixels[..., 3]


def _fitted(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A mask at another resolution brought to `size`; what is no number takes nothing."""
    if mask.ndim != 2 or not mask.size:
        raise UserError(f"A mask must be (H, W) and not empty, but is {mask.shape}.")
    mask = np.nan_to_num(mask.astype(np.float32), nan=0.0).clip(0, 1)
    if mask.shape == size:
        return mask
    (height, width), (rows, columns) = size, mask.shape
    if abs(height * columns - width * rows) > max(height, width, rows, columns):
        raise UserError(
            f"A mask of {columns} x {rows} pixels does not fit a picture of {width} x {height}: make one of its size."
        )
    return np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR))
