# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads images as the artist sees them: colors sRGB-encoded in [0, 1], and straight alpha.

The generators yield wherever Blender may draw, and use no object of Blender's after their first yield.
"""

import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from bpy.types import Image, Scene

from ..core.errors import UserError
from . import images, view

_SLICE = 1 << 17
"""Pixels that go through a view in one go, in about 0.02 s."""

Steps = Generator[None, None, np.ndarray]


@dataclass(frozen=True)
class Way:
    """The way from stored numbers to what is seen."""

    space: str
    """The color space of bytes; nothing for floats, which are scene-linear."""
    multiplied: bool
    """Whether the colors are multiplied by alpha."""
    scene_uid: int
    as_render: bool
    """Whether the scene's view shows them, or the plain view."""


def read(image: Image, scene: Scene) -> Steps:
    """The pixels of an image as the Image Editor shows it.

    Bytes in sRGB are shown as they are stored, and so is data. All else, scene-linear floats above all, goes through
    the plain view, or the scene's if the image has View as Render: exact to 16 bits, and alpha is not touched.
    """
    yield from show(pixels := images.pixels(image), image, scene, image.use_view_as_render)
    return pixels


def show(pixels: np.ndarray, image: Image, scene: Scene, as_render: bool) -> Generator[None, None, None]:
    """Turn the numbers of an image into what is seen, in place: through the scene's view, or else the plain one."""
    space = image.colorspace_settings
    multiplied = image.is_float and image.alpha_mode in {"STRAIGHT", "PREMUL"}
    way = Way("" if image.is_float else space.name, multiplied, scene.session_uid, as_render)
    if not (space.is_data or (way.space == "sRGB" and not as_render)):
        yield from _show(pixels, way)


def read_render(scene: Scene) -> Steps:
    """The pixels of the last render as the scene's view shows it: exact to 16 bits.

    :raises UserError: there is no render.
    """
    way = Way("", True, scene.session_uid, as_render=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "render.exr"
        view.save_linear(images.render(), path, scene)
        yield
        pixels = images.file_pixels(path)
    yield from _show(pixels, way)
    return pixels


def smaller(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Pixels (H, W, 4) averaged over squares until the longer side is at most that."""
    times = -(-max(pixels.shape[:2]) // longest)
    if times == 1:
        return pixels
    height, width = (side // times * times for side in pixels.shape[:2])
    if 0 in (height, width):
        return pixels
    squares = pixels[:height, :width].reshape(height // times, times, width // times, times, 4)
    return squares.mean((1, 3), dtype=np.float32)


def _show(pixels: np.ndarray, way: Way) -> Generator[None, None, None]:
    """Turn stored colors into seen ones, in place and slice by slice: what a color becomes depends on no other."""
    rows = max(1, _SLICE // pixels.shape[1])
    for start in range(0, len(pixels), rows):
        yield
        part = pixels[start : start + rows]
        colors, alpha = part[..., :3], part[..., 3:]
        if way.multiplied:
            np.divide(colors, alpha, out=colors, where=alpha > 0)
        colors[:] = _seen(colors, way)


def _seen(colors: np.ndarray, way: Way) -> np.ndarray:
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == way.scene_uid), None)
    if scene is None:
        raise UserError("The scene was removed while its picture was read: nothing is kept.")
    opaque = np.concatenate([colors, np.ones_like(colors[..., :1])], axis=2)
    with tempfile.TemporaryDirectory() as folder, images.temporary(opaque, way.space, not way.space) as image:
        path = Path(folder) / "seen.tif"
        view.save_shown(image, path, scene, way.as_render)
        return images.file_pixels(path)[..., :3]
