# SPDX-License-Identifier: GPL-3.0-or-later
"""Add Part."""

import bpy
from bpy.types import Context, Operator


class MANIERA_OT_add_part(Operator):
    bl_idname = "maniera.add_part"
    bl_label = "Add Part"
    bl_description = "Paint a part of the picture in a style of its own: at first, the active object"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        part = context.scene.maniera.parts.parts.add()
        part.object = context.object
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_add_part,))
