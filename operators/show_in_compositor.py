# SPDX-License-Identifier: GPL-3.0-or-later
"""Show in Compositor."""

import bpy
from bpy.types import Context, Image, Operator

from ..core.errors import UserError
from . import compositor

RESULT = "maniera"
"""Custom property of the images that Maniera has made."""


class MANIERA_OT_show_in_compositor(Operator):
    bl_idname = "maniera.show_in_compositor"
    bl_label = "Show in Compositor"
    bl_description = (
        "Mix the stylized image over the render in the compositor; Remove from Compositor puts everything back"
    )
    bl_options = {"REGISTER", "UNDO"}

    image_name: bpy.props.StringProperty(
        name="Image",
        description="The stylized image; empty is the image in the Image Editor or the last result",
        options={"SKIP_SAVE"},
    )
    factor: bpy.props.FloatProperty(
        name="Factor",
        description="How much of the stylized image covers the render; the node's Factor can be animated",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        if any(RESULT in image for image in bpy.data.images):
            return True
        cls.poll_message_set("Stylize a picture first")
        return False

    def execute(self, context: Context) -> set[str]:
        factor = self.factor if self.properties.is_property_set("factor") else None
        try:
            for warning in compositor.show(context.scene, _image(context, self.image_name), factor):
                self.report({"WARNING"}, warning)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


def _image(context: Context, name: str) -> Image:
    """The image of that name; else the one in the editor, if it is a result, or the last result."""
    if name:
        if name not in bpy.data.images:
            raise UserError(f"There is no image '{name}' in this file: choose one of its images.")
        return bpy.data.images[name]
    open_image = getattr(context.space_data, "image", None)
    if open_image and RESULT in open_image:
        return open_image
    return max((image for image in bpy.data.images if RESULT in image), key=lambda image: image.session_uid)


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_show_in_compositor,))
