# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove from Compositor."""

import bpy
from bpy.types import Context, Operator

from . import compositor


class MANIERA_OT_remove_from_compositor(Operator):
    bl_idname = "maniera.remove_from_compositor"
    bl_label = "Remove from Compositor"
    bl_description = "Take the stylized image out of the compositor and put the nodes and the view back as they were"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if compositor.is_shown(context.scene):
            return True
        cls.poll_message_set("No stylized image is shown in the compositor")
        return False

    def execute(self, context: Context) -> set[str]:
        compositor.remove(context.scene)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_remove_from_compositor,))
