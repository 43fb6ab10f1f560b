# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove from Mixture."""

import bpy
from bpy.props import IntProperty
from bpy.types import Context, Operator


class MANIERA_OT_remove_from_mixture(Operator):
    bl_idname = "maniera.remove_from_mixture"
    bl_label = "Remove from Mixture"
    bl_description = "Paint without this style; it stays in the library"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(name="Number", description="Number of the style among those that are mixed in, from 0", min=0)

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not context.scene.maniera.mixture.ingredients:
            cls.poll_message_set("No style is mixed in")
        return bool(context.scene.maniera.mixture.ingredients)

    def execute(self, context: Context) -> set[str]:
        context.scene.maniera.mixture.ingredients.remove(self.number)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_remove_from_mixture,))
