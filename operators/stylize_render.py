# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Render."""

import tempfile
from pathlib import Path

import bpy
import numpy as np
from bpy.types import Context, Operator

from . import appearance, images, parts, view
from .images import Original
from .jobs import Steps
from .stylize import StylizeOperator


class MANIERA_OT_stylize_render(StylizeOperator, Operator):
    bl_idname = "maniera.stylize_render"
    bl_label = "Stylize Render"
    bl_description = "Repaint the last render in the chosen manner, as it looks through the scene's view transform"
    bl_options = {"UNDO"}

    _folder_of_passes: Path

    def steps(self, context: Context) -> Steps:
        with tempfile.TemporaryDirectory() as folder:  # for as long as the engine reads it
            self._folder_of_passes = Path(folder)
            yield from super().steps(context)

    def passes(self, context: Context) -> Path | None:
        if not parts.needs_passes(context.scene):
            return None
        path = self._folder_of_passes / "render.exr"
        view.save_passes(images.render(), path, context.scene)
        return path

    def original(self, context: Context) -> Original:
        return Original("Render", images.render().session_uid, np.uint16, "STRAIGHT")

    def read(self, context: Context) -> appearance.Steps:
        return appearance.read_render(context.scene)


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stylize_render,))
