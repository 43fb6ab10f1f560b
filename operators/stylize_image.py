# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Image."""

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Image, Operator

from ..core.errors import UserError
from . import appearance, checks, images
from .images import Original
from .stylize import StylizeOperator


class MANIERA_OT_stylize_image(StylizeOperator, Operator):
    bl_idname = "maniera.stylize_image"
    bl_label = "Stylize Image"
    bl_description = "Repaint the image in the chosen manner, as a new image of the same size and alpha"
    bl_options = {"UNDO"}

    image_name: StringProperty(
        name="Image", description="The image; empty is the one in the Image Editor", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        return super().poll(context) and checks.shows_readable_image(cls, context)

    def original(self, context: Context) -> Original:
        return images.describe(self._image(context))

    def read(self, context: Context) -> appearance.Steps:
        return appearance.read(self._image(context), context.scene)

    def _image(self, context: Context) -> Image:
        image = bpy.data.images.get(self.image_name) if self.image_name else getattr(context.space_data, "image", None)
        if image is None:
            wanted = f"image '{self.image_name}'" if self.image_name else "image in an Image Editor"
            raise UserError(f"There is no {wanted}: open it, or name another one.")
        return image


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stylize_image,))
