# SPDX-License-Identifier: GPL-3.0-or-later
"""Rename Style."""

from dataclasses import replace

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Event, Operator

from ..core import styles
from ..core.errors import UserError
from . import checks, gallery


class MANIERA_OT_rename_style(Operator):
    bl_idname = "maniera.rename_style"
    bl_label = "Rename Style"
    bl_description = "Give the chosen style, which is one of your own, another name"

    name: StringProperty(name="Name", description="New name of the style", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.has_own_style(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        self.name = gallery.chosen_style(context.scene.maniera)
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Context) -> set[str]:
        chosen = context.scene.maniera
        card, name = gallery.chosen_card(chosen), self.name.strip()
        if not name or (gallery.has(name) and name.casefold() != card.name.casefold()):
            reason = f"The library has a style '{name}' already" if name else "A style needs a name"
            self.report({"ERROR"}, f"{reason}: write another one")
            return {"CANCELLED"}
        try:
            styles.rewrite(card.path, styles.file_of(name, card.path.parent), replace(card, name=name))
            card.path.unlink()
        except (UserError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        chosen.style_name = name
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_rename_style,))
