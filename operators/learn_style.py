# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn Style."""

import bpy
from bpy.types import Context, Operator

from .learn import LearnOperator


class MANIERA_OT_learn_style(LearnOperator, Operator):
    bl_idname = "maniera.learn_style"
    bl_label = "Learn Style"
    bl_description = "Learn the manner of the pictures, and put it into the library"
    bl_options = {"UNDO"}

    def wanted_name(self, context: Context) -> str:
        return context.scene.maniera.learning.style_name


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_learn_style,))
