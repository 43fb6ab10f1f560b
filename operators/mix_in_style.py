# SPDX-License-Identifier: GPL-3.0-or-later
"""Mix In Style."""

import bpy
from bpy.types import Context, Operator

from . import checks, gallery


class MANIERA_OT_mix_in_style(Operator):
    bl_idname = "maniera.mix_in_style"
    bl_label = "Mix In Style"
    bl_description = "Paint in a mixture of several styles: adds one to the chosen style, at first the one after it"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.has_style(cls, context) and checks.has_room(cls, context)

    def execute(self, context: Context) -> set[str]:
        chosen = context.scene.maniera
        names = [item[0] for item in gallery.items(chosen, context)]
        taken = {gallery.chosen_style(group) for group in (chosen, *chosen.mixture.ingredients)}
        after = names.index(gallery.chosen_style(chosen)) + 1
        free = [name for name in names[after:] + names[:after] if name not in taken]
        chosen.mixture.ingredients.add().style_name = (free or names)[0]
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_mix_in_style,))
