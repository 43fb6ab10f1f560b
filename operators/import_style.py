# SPDX-License-Identifier: GPL-3.0-or-later
"""Import Style."""

from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Operator
from bpy_extras.io_utils import ImportHelper

from ..core import styles
from ..core.errors import UserError
from . import gallery, places


class MANIERA_OT_import_style(ImportHelper, Operator):
    bl_idname = "maniera.import_style"
    bl_label = "Import Style"
    bl_description = "Copy a style file into your library"

    filename_ext = styles.SUFFIX
    filter_glob: StringProperty(default=f"*{styles.SUFFIX}", options={"HIDDEN"})

    def execute(self, context: Context) -> set[str]:
        source = Path(self.filepath)
        try:
            card = styles.read_card(source)
            name = styles.free_name(card.name, gallery.library_folders())
            styles.rewrite(source, styles.file_of(name, places.library()), replace(card, name=name))
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.scene.maniera.source, context.scene.maniera.style_name = "LIBRARY", name
        self.report({"INFO"}, f"'{name}' is in the library")
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_import_style,))
