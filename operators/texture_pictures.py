# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures as pictures to repaint: one image or all tiles of a UDIM set, and what comes of them."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from bpy.types import Image, Scene

from ..core.errors import UserError
from . import appearance, images, results, udim
from .images import Original
from .uv_islands import Canvas


@dataclass(frozen=True)
class Picture:
    """What is remembered of a texture while it is repainted."""

    original: Original
    canvas: Canvas
    tiles: tuple[int, ...] = ()
    """The numbers of UDIM tiles; none for an image of one picture."""


@dataclass(frozen=True)
class Files:
    """A repainted picture as files, by the number of the tile; by 0 where there are no tiles."""

    original: Original
    files: dict[int, bytes]

    def place(self, manner: str, folder: Path | None) -> Image:
        """A new image of the files, which are packed where there is no folder for them."""
        if 0 in self.files:
            return results.place(self.files[0], self.original, manner, folder)
        return udim.place(self.files, self.original, manner, folder)


def refusal(image: Image) -> str | None:
    """Why this texture cannot be repainted, in one sentence; None where nothing speaks against it."""
    if image.colorspace_settings.is_data:
        return f"'{image.name}' is marked {image.colorspace_settings.name}: it holds no colors to repaint."
    try:
        describe(image)
    except UserError as error:
        return str(error)
    return None


def describe(image: Image) -> Picture:
    """What to remember of a texture.

    :raises UserError: it cannot be read.
    """
    if image.source == "TILED":
        canvas = udim.canvas(image)
        original = replace(images.remember(image), name=udim.common_name(image))
        return Picture(original, canvas, tuple(udim.numbers(image)))
    original = images.describe(image)
    return Picture(original, Canvas(image.size[1], image.size[0]))


def read(picture: Picture, scene: Scene) -> appearance.Steps:
    """The pixels of a texture as the plain view shows it: a material takes no notice of the scene's view.

    :raises UserError: the image was removed.
    """
    image = images.find(picture.original)
    pixels = udim.pixels(image, picture.canvas) if picture.tiles else images.pixels(image)
    yield from appearance.show(pixels, image, scene, as_render=False)
    return pixels


def encode(pixels: np.ndarray, picture: Picture) -> Generator[None, None, Files]:
    """Make files of the repainted picture, in the kind of its original."""
    if not picture.tiles:
        return Files(picture.original, {0: (yield from results.encode(pixels, picture.original))})
    files = {}
    for number in picture.tiles:
        files[number] = yield from results.encode(pixels[udim.window(picture.canvas, number)], picture.original)
    return Files(picture.original, files)


def data(picture: Picture, name: str) -> Picture:
    """The same picture as one of numbers with 16 bits, such as heights."""
    stem = Path(picture.original.name).stem
    numbers = replace(
        picture.original, name=f"{stem} {name}", depth=np.uint16, alpha_mode="CHANNEL_PACKED", data_space="Non-Color"
    )
    return replace(picture, original=numbers)
