# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove Part."""

import bpy
from bpy.props import IntProperty
from bpy.types import Context, Operator


class MANIERA_OT_remove_part(Operator):
    bl_idname = "maniera.remove_part"
    bl_label = "Remove Part"
    bl_description = "Paint this part in the style of the whole picture again"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(name="Number", description="Number of the part in the list, from 0", min=0)

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not context.scene.maniera.parts.parts:
            cls.poll_message_set("No part has a style of its own")
        return bool(context.scene.maniera.parts.parts)

    def execute(self, context: Context) -> set[str]:
        context.scene.maniera.parts.parts.remove(self.number)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_remove_part,))
