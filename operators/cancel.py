# SPDX-License-Identifier: GPL-3.0-or-later
"""Cancel."""

import bpy
from bpy.types import Context, Operator

from .jobs import Work
from .render_queue import queue


class MANIERA_OT_cancel(Operator):
    bl_idname = "maniera.cancel"
    bl_label = "Cancel"
    bl_description = "Stop repainting: no half-painted picture is kept, finished frames are; Escape does the same"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return Work.current is not None or queue.busy

    def execute(self, context: Context) -> set[str]:
        if Work.current is not None:
            Work.current.cancel()
        else:
            queue.cancel()
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_cancel,))
