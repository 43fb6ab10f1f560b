# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop and Keep."""

import bpy
from bpy.types import Context, Operator

from .jobs import Work


class MANIERA_OT_stop_and_keep(Operator):
    bl_idname = "maniera.stop_and_keep"
    bl_label = "Stop and Keep"
    bl_description = "End the work now, and keep what has come of it so far"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return Work.current is not None and Work.current.can_keep

    def execute(self, context: Context) -> set[str]:
        Work.current.keep()
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stop_and_keep,))
