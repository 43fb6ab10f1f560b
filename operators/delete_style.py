# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete Style."""

import bpy
from bpy.types import Context, Event, Operator

from . import checks, gallery


class MANIERA_OT_delete_style(Operator):
    bl_idname = "maniera.delete_style"
    bl_label = "Delete Style"
    bl_description = "Delete the file of the chosen style, which is one of your own; this cannot be undone"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.has_own_style(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: Context) -> set[str]:
        chosen = context.scene.maniera
        card = gallery.chosen_card(chosen)
        try:
            card.path.unlink()
        except OSError as error:
            self.report({"ERROR"}, f"'{card.path}' cannot be deleted ({error.strerror}): delete it by hand")
            return {"CANCELLED"}
        chosen.style_name = ""
        self.report({"INFO"}, f"'{card.name}' is deleted")
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_delete_style,))
