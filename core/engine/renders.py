# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of an animation: as they were rendered, with their passes, and as they are written when they are repainted."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import passes
from . import cryptomatte, deep_pictures, pictures
from .pictures import Picture
from .view import View


@dataclass(frozen=True)
class Render:
    """One frame as it was rendered."""

    path: Path
    picture: Picture
    """As it is shown."""
    passes: dict[str, np.ndarray]
    """By kind, those of `passes.KINDS`: (H, W, channels) float32, as stored."""


def read(path: Path, view: View, wanted: Collection[str], beside: Path | None = None) -> Render:
    """Read a frame and those of the wanted passes that it has.

    :param beside: another file that holds the passes.
    :raises UserError: a file is missing or broken, or no picture.
    """
    found, shown = {}, None
    if path.suffix.lower() == ".exr":
        found, shown = _layers(path, view, wanted)
    if beside is not None:
        found = _layers(beside, view, set(wanted))[0]
    return Render(path, shown or pictures.read(path), found)


def _layers(path: Path, view: View, wanted: Collection[str]) -> tuple[dict[str, np.ndarray], Picture | None]:
    """The passes of an EXR file, and its picture where it has one."""
    file = cryptomatte.Passes.find(path)
    channels = {kind: names for kind, names in passes.find(file.channels).items() if kind in {*wanted, "color"}}
    numbers = file.read([name for names in channels.values() for name in names])
    found = {kind: np.stack([next(numbers) for _ in names], axis=-1) for kind, names in channels.items()}
    color = found.pop("color", None)
    return found, None if color is None else _shown(color, view)


def _shown(color: np.ndarray, view: View) -> Picture:
    """Scene-linear colors with associated alpha as they are shown."""
    has_alpha = color.shape[2] == 4
    pixels = np.ones((*color.shape[:2], 4), np.float32)
    pixels[..., : color.shape[2]] = color
    if has_alpha:
        deep_pictures.make_straight(pixels)
    pixels[..., :3] = view.show(pixels[..., :3])
    return Picture(pixels, "half", has_alpha)
