# SPDX-License-Identifier: GPL-3.0-or-later
"""Repainted frames as one image of Blender's: a sequence whose numbers are the scene's frames."""

from pathlib import Path

import bpy
from bpy.types import Context, Image

from .shot import Shot
from .shot_order import Order
from .show_in_compositor import RESULT


def load(order: Order, number: int) -> Image:
    """The sequence of which this frame exists; read anew where it was loaded before."""
    path = order.shot.file(number)
    image = next((image for image in bpy.data.images if _names_frame_of(image, order.shot)), None)
    if image is None:
        image = bpy.data.images.load(str(path))
        image.name = f"{path.parent.name} - {order.manner}"
        image.source = "SEQUENCE"
        if path.suffix == ".png":
            image.colorspace_settings.name = "sRGB"
    else:
        image.filepath = str(path)
        image.reload()
    image[RESULT] = order.manner
    return image


def show(context: Context, image: Image, shot: Shot) -> None:
    """Show a sequence in an Image Editor that is open."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "IMAGE_EDITOR":
                editor = area.spaces.active
                editor.image, user = image, editor.image_user
                user.frame_start, user.frame_offset = shot.first, shot.first - 1
                user.frame_duration, user.use_auto_refresh = shot.last - shot.first + 1, True
                return


def _names_frame_of(image: Image, shot: Shot) -> bool:
    if image.source != "SEQUENCE":
        return False
    path = Path(bpy.path.abspath(image.filepath))
    return any(shot.file(number) == path for number in shot.numbers)
