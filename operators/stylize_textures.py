# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Textures."""

import bpy
from bpy.types import Context, Operator

from . import texture_choice, texture_results
from .jobs import Steps
from .texture_job import TextureOperator


class MANIERA_OT_stylize_textures(TextureOperator, Operator):
    bl_idname = "maniera.stylize_textures"
    bl_label = "Stylize Textures"
    bl_description = (
        "Repaint the textures that feed Base Color into new images, and lay these over the originals in the materials"
    )
    bl_options = {"UNDO"}

    def steps(self, context: Context) -> Steps:
        wanted, warnings = texture_choice.to_repaint(context)
        order = yield from self.order(context)
        painted = []
        for number, texture in enumerate(wanted):
            self.stage = number, len(wanted), texture.name
            painted.append((yield from self.texture(context, order, texture)))
        for texture, result in zip(wanted, painted, strict=True):
            warnings += texture_results.show(texture, result, order)
        for warning in warnings:
            self.report({"WARNING"}, warning)
        done = f"'{wanted[0].name}' is" if len(wanted) == 1 else f"{len(wanted)} textures are"
        self.report({"INFO"}, f"{done} repainted")


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stylize_textures,))
