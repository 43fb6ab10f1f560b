# SPDX-License-Identifier: GPL-3.0-or-later
"""Refine Style."""

import bpy
from bpy.types import Context, Operator

from ..core import styles
from . import checks, gallery
from .learn import LearnOperator


class MANIERA_OT_refine_style(LearnOperator, Operator):
    bl_idname = "maniera.refine_style"
    bl_label = "Refine Style"
    bl_description = "Go on from the chosen style of the library with the pictures; the result is another style"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return super().poll(context) and checks.has_style(cls, context)

    def wanted_name(self, context: Context) -> str:
        return f"{gallery.chosen_style(context.scene.maniera)} Refined"

    def start(self, context: Context) -> dict[str, str]:
        card = styles.find(gallery.chosen_style(context.scene.maniera), gallery.library_folders())
        return {"from": str(card.path)}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_refine_style,))
