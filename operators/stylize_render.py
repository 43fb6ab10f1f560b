# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Render."""

import bpy
import numpy as np
from bpy.types import Context, Operator

from . import appearance, images
from .images import Original
from .stylize import StylizeOperator


class MANIERA_OT_stylize_render(StylizeOperator, Operator):
    bl_idname = "maniera.stylize_render"
    bl_label = "Stylize Render"
    bl_description = "Repaint the last render in the chosen manner, as it looks through the scene's view transform"
    bl_options = {"UNDO"}

    def original(self, context: Context) -> Original:
        return Original("Render", images.render().session_uid, np.uint16, "STRAIGHT")

    def read(self, context: Context) -> appearance.Steps:
        return appearance.read_render(context.scene)


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stylize_render,))
