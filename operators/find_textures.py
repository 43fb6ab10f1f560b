# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Textures."""

import bpy
from bpy.types import Context, Operator

from . import texture_choice


class MANIERA_OT_find_textures(Operator):
    bl_idname = "maniera.find_textures"
    bl_label = "Find Textures"
    bl_description = "List the textures that feed Base Color"
    bl_options = {"UNDO"}

    def execute(self, context: Context) -> set[str]:
        if not texture_choice.refresh(context):
            self.report({"WARNING"}, "No image texture feeds Base Color here")
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_find_textures,))
