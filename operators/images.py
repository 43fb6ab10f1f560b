# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place where Blender's images give and take pixels: (H, W, 4) float32, top row first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from bpy.types import Image

from ..core.errors import UserError


@dataclass(frozen=True)
class Original:
    """What is remembered of an image while it is repainted: plain values, because the image may vanish."""

    name: str
    session_uid: int
    depth: type
    """uint8, uint16 or float32: what the repainted image is kept in."""
    alpha_mode: str
    data_space: str = ""
    """The color space of an image whose numbers are shown as they are."""


def refusal(image: Image) -> str | None:
    """Why this image cannot be read, in one sentence; None where nothing speaks against it."""
    reasons = {
        "RENDER_RESULT": "A render has no pixels of its own: use Stylize Render.",
        "COMPOSITING": f"'{image.name}' is a viewer, whose picture changes: save it as an image first.",
        "MULTILAYER": f"'{image.name}' has several layers: save the one that you want as an image of its own.",
        "MOVIE": f"'{image.name}' is a movie: save the frame that you want as an image.",
        "SEQUENCE": f"'{image.name}' is a sequence: open the image that you want by itself.",
        "TILED": f"'{image.name}' has UDIM tiles: open the tile that you want as an image of its own.",
    }
    return reasons.get(image.type) or reasons.get(image.source)


def describe(image: Image) -> Original:
    """What to remember of an image.

    :raises UserError: it cannot be read.
    """
    if reason := refusal(image):
        raise UserError(reason)
    if 0 in image.size:
        raise UserError(f"'{image.name}' has no pixels: its file may be missing.")
    return remember(image)


def remember(image: Image) -> Original:
    """What to remember of an image that can be read."""
    space, alpha_mode = image.colorspace_settings, image.alpha_mode
    if alpha_mode == "PREMUL" and not image.is_float:
        alpha_mode = "STRAIGHT"  # so it lies in Blender's memory, and so no color is lost in the file
    depth = np.float32 if image.is_float else np.uint8
    return Original(image.name, image.session_uid, depth, alpha_mode, space.name if space.is_data else "")


def render() -> Image:
    """The image that stands for the last render; it has no pixels, but can be saved.

    :raises UserError: nothing was rendered.
    """
    image = next((image for image in bpy.data.images if image.type == "RENDER_RESULT"), None)
    if image is None:
        raise UserError("There is no render yet: render an image, then stylize it.")
    return image


def find(original: Original) -> Image:
    """The image that is remembered.

    :raises UserError: it is gone.
    """
    for image in bpy.data.images:
        if image.session_uid == original.session_uid:
            return image
    raise UserError(f"'{original.name}' was removed while it was repainted: nothing is kept.")


def pixels(image: Image) -> np.ndarray:
    """The numbers that an image holds, with the alpha of 1 that it may lack."""
    width, height = image.size
    values = np.empty((height, width, image.channels), np.float32)
    image.pixels.foreach_get(values.reshape(-1))
    values = values[::-1]
    if image.channels == 4:
        return values
    full = np.ones((height, width, 4), np.float32)
    full[..., :3] = values[..., :3] if image.channels == 3 else values[..., :1]
    return full


def file_pixels(path: Path, like: Image | None = None) -> np.ndarray:
    """The numbers that a picture file holds; or those that an image of it would hold that is set up like another."""
    image = bpy.data.images.load(str(path))
    try:
        if like:
            image.colorspace_settings.name, image.alpha_mode = like.colorspace_settings.name, like.alpha_mode
        else:
            image.colorspace_settings.is_data = True
        return pixels(image)
    finally:
        bpy.data.images.remove(image)


@contextmanager
def temporary(pixels: np.ndarray, space: str, is_float: bool) -> Iterator[Image]:
    """An image that holds these numbers, for a moment."""
    height, width, _ = pixels.shape
    image = bpy.data.images.new("Maniera", width, height, alpha=True, float_buffer=is_float)
    try:
        image.colorspace_settings.name = space or image.colorspace_settings.name
        image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1]).reshape(-1))
        yield image
    finally:
        bpy.data.images.remove(image)


def pack(name: str, file: bytes, original: Original) -> Image:
    """A new image whose picture file lies in the .blend file."""
    image = bpy.data.images.new(Path(name).stem, 1, 1)
    image.filepath_raw = f"//{name}"
    image.source = "FILE"
    image.pack(data=file, data_len=len(file))
    return _shown_like(image, original)


def load(path: Path, original: Original) -> Image:
    """A new image of a picture file."""
    return _shown_like(bpy.data.images.load(str(path)), original)


def _shown_like(image: Image, original: Original) -> Image:
    image.colorspace_settings.name = original.data_space or "sRGB"
    image.alpha_mode = original.alpha_mode
    return image
