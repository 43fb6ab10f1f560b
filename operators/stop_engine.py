# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop Engine."""

import bpy
from bpy.types import Context, Operator

from .jobs import engine


class MANIERA_OT_stop_engine(Operator):
    bl_idname = "maniera.stop_engine"
    bl_label = "Stop Engine"
    bl_description = "End the engine, which frees its memory for rendering; the next job starts it again"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not engine.running:
            cls.poll_message_set("The engine is not running")
        return engine.running

    def execute(self, context: Context) -> set[str]:
        engine.stop()
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stop_engine,))
