# SPDX-License-Identifier: GPL-3.0-or-later
"""Duplicate Style."""

from dataclasses import replace

import bpy
from bpy.types import Context, Operator

from ..core import styles
from ..core.errors import UserError
from . import checks, gallery, places


class MANIERA_OT_duplicate_style(Operator):
    bl_idname = "maniera.duplicate_style"
    bl_label = "Duplicate Style"
    bl_description = "Copy the chosen style, as one of your own"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.has_style(cls, context)

    def execute(self, context: Context) -> set[str]:
        chosen = context.scene.maniera
        card = gallery.chosen_card(chosen)
        name = styles.free_name(f"{card.name} Copy", gallery.library_folders())
        try:
            styles.rewrite(card.path, styles.file_of(name, places.library()), replace(card, name=name))
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        chosen.style_name = name
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_duplicate_style,))
