# SPDX-License-Identifier: GPL-3.0-or-later
"""Use Stylized."""

import bpy
from bpy.types import Context, Operator

from . import material_textures, texture_choice, texture_nodes


class MANIERA_OT_use_stylized_textures(Operator):
    bl_idname = "maniera.use_stylized_textures"
    bl_label = "Use Stylized"
    bl_description = "Show the repainted textures"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        trees = material_textures.trees(texture_choice.materials(context))
        if not texture_nodes.switch(trees, 1.0):
            self.report({"WARNING"}, "No stylized textures are shown here")
            return {"CANCELLED"}
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_use_stylized_textures,))
