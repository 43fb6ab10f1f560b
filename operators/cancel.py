# SPDX-License-Identifier: GPL-3.0-or-later
"""Cancel."""

import bpy
from bpy.types import Context, Operator

from .jobs import Work


class MANIERA_OT_cancel(Operator):
    bl_idname = "maniera.cancel"
    bl_label = "Cancel"
    bl_description = "Stop repainting and keep nothing of it; Escape does the same"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return Work.current is not None

    def execute(self, context: Context) -> set[str]:
        Work.current.cancel()
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_cancel,))
