# SPDX-License-Identifier: GPL-3.0-or-later
"""Export Style."""

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Event, Operator
from bpy_extras.io_utils import ExportHelper

from ..core import styles
from ..core.errors import UserError
from . import checks, gallery


class MANIERA_OT_export_style(ExportHelper, Operator):
    bl_idname = "maniera.export_style"
    bl_label = "Export Style"
    bl_description = "Save the chosen style as a file of its own, for another machine or another artist"

    filename_ext = styles.SUFFIX
    filter_glob: StringProperty(default=f"*{styles.SUFFIX}", options={"HIDDEN"})

    _asked = False
    """Whether the file selector has asked before a file is replaced."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.has_style(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        self._asked = True
        self.filepath = gallery.chosen_card(context.scene.maniera).path.name
        return super().invoke(context, event)

    def execute(self, context: Context) -> set[str]:
        card = gallery.chosen_card(context.scene.maniera)
        target = Path(bpy.path.abspath(self.filepath))
        try:
            if target.exists() and target.samefile(card.path):
                raise UserError(f"'{target}' is the style itself: choose another place.")
            styles.copy(card.path, target, replace=self._asked)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"'{card.name}' is saved: {target}")
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_export_style,))
