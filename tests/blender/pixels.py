# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests do with pixels: (H, W, 4) float32, top row first."""

import bpy
import numpy as np


def colors(seed: int = 0, height: int = 24, width: int = 40) -> np.ndarray:
    """Random colors and random alpha, with all of a transparent and an opaque row among them."""
    picture = np.random.default_rng(seed).random((height, width, 4), np.float32)
    picture[0, :, 3], picture[1, :, 3] = 0, 1
    return picture


def new_image(name: str, picture: np.ndarray, **kind) -> bpy.types.Image:
    height, width, _ = picture.shape
    image = bpy.data.images.new(name, width, height, alpha=True, **kind)
    image.pixels.foreach_set(np.ascontiguousarray(picture[::-1]).ravel())
    image.update()
    return image


def stored(image: bpy.types.Image) -> np.ndarray:
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], -1)[::-1].copy()


def encoded(linear: np.ndarray) -> np.ndarray:
    """Scene-linear values as sRGB shows them."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def seen(image: bpy.types.Image) -> np.ndarray:
    """The colors of an image as its numbers are meant, computed without Blender: see blender's own rules for floats."""
    picture = stored(image)
    if not image.is_float or image.colorspace_settings.is_data:
        return picture
    if image.alpha_mode in {"STRAIGHT", "PREMUL"}:
        alpha = picture[..., 3:]
        picture[..., :3] /= np.where(alpha > 0, alpha, 1)
    picture[..., :3] = encoded(picture[..., :3])
    return picture
