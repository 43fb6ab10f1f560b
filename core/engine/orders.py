# SPDX-License-Identifier: GPL-3.0-or-later
"""What requests have in common: the machine, the styles and the pictures that they name."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .. import settings
from ..errors import UserError
from ..styles import Card
from . import device, style
from .content import reduced
from .models import Models
from .style import Style

Fields = dict[str, Any]
Arrays = list[np.ndarray]


def models_for(fields: Fields) -> Models:
    """The networks on the machine that a request names by {"machine": {...}}."""
    return models_on(device.choose(settings.read(settings.Machine, fields.get("machine", {}))))


@cache
def models_on(chosen: device.Device) -> Models:
    """The networks on a device: read once for as long as the process lives."""
    return Models(chosen)


def styles(models: Models, wanted: Sequence[Fields], references: Arrays, seed: int) -> list[tuple[Style, float]]:
    """The styles named by file or by reference picture, with their weights.

    :param wanted: [{"path" or "reference": ..., "weight": ...}]; a reference is named by its place in `references`.
    """
    if not wanted:
        raise UserError("No style is chosen: choose one from the library or a picture.")
    return [(_style(models, one, references, seed), float(one["weight"])) for one in wanted]


def _style(models: Models, wanted: Fields, references: Arrays, seed: int) -> Style:
    if "path" in wanted:
        return style.read(Path(wanted["path"]), models.network)
    pixels = check_pixels(references[wanted["reference"]], as_bytes=True)
    seen = reduced(pixels, style.STUDIED_PX, models.device.torch)
    return style.from_references(models, [seen], Card("Reference"), seed)


def check_pixels(pixels: np.ndarray, *, as_bytes: bool = False) -> np.ndarray:
    """Refuse what is no picture; bytes are one only where they are told apart."""
    known = (np.float32, np.uint8) if as_bytes else (np.float32,)
    if pixels.dtype not in known or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise UserError(f"A picture must be (H, W, 4) float32, but is {pixels.shape} {pixels.dtype}.")
    return pixels
