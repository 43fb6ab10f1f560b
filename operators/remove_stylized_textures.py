# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove Stylized Textures."""

import bpy
from bpy.types import Context, Operator

from . import material_textures, stylized_materials, texture_choice, texture_nodes


class MANIERA_OT_remove_stylized_textures(Operator):
    bl_idname = "maniera.remove_stylized_textures"
    bl_label = "Remove Stylized Textures"
    bl_description = "Take the repainted textures out of the materials, and put these back as they were"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        removed = sum(stylized_materials.put_back(found) for found in texture_choice.objects(context))
        removed += texture_nodes.remove(material_textures.trees(texture_choice.materials(context)))
        if not removed:
            self.report({"WARNING"}, "No stylized textures are shown here")
            return {"CANCELLED"}
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_remove_stylized_textures,))
