# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Up Passes."""

import bpy
from bpy.types import Context, Operator

from ..core.errors import UserError
from . import passes


class MANIERA_OT_set_up_passes(Operator):
    bl_idname = "maniera.set_up_passes"
    bl_label = "Set Up Passes"
    bl_description = (
        "Render what lets strokes follow the motion: the passes Vector, Depth and Cryptomatte Object, "
        "free of motion blur, in OpenEXR MultiLayer files. Says what it has changed"
    )
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        had_blur = context.scene.render.use_motion_blur
        try:
            changed = passes.set_up(context.scene)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Set up: {', '.join(changed)}" if changed else "All passes are set up already")
        if had_blur and not context.scene.render.use_motion_blur:
            self.report(
                {"WARNING"},
                "EEVEE gives no motion vectors with motion blur: render once so, then once more with motion blur "
                "into another folder, and name the first frames under Motion Vectors",
            )
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_set_up_passes,))
