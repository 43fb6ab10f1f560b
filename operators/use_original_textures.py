# SPDX-License-Identifier: GPL-3.0-or-later
"""Use Original."""

import bpy
from bpy.types import Context, Operator

from . import material_textures, texture_choice, texture_nodes


class MANIERA_OT_use_original_textures(Operator):
    bl_idname = "maniera.use_original_textures"
    bl_label = "Use Original"
    bl_description = "Show the original textures; the repainted ones stay in the materials"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        trees = material_textures.trees(texture_choice.materials(context))
        if not texture_nodes.switch(trees, 0.0):
            self.report({"WARNING"}, "No stylized textures are shown here")
            return {"CANCELLED"}
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_use_original_textures,))
