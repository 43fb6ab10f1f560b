# SPDX-License-Identifier: GPL-3.0-or-later
"""Maniera's entries in Blender's menus, through which the search finds them."""

import bpy
from bpy.types import Context, Menu


class MANIERA_MT_library(Menu):
    """What can be done with the chosen style."""

    bl_label = "Library"

    def draw(self, context: Context) -> None:
        self.layout.operator("maniera.import_style", icon="IMPORT")
        self.layout.operator("maniera.export_style", icon="EXPORT")
        self.layout.separator()
        self.layout.operator("maniera.duplicate_style", icon="DUPLICATE")
        self.layout.operator("maniera.rename_style", icon="SORTALPHA")
        self.layout.operator("maniera.delete_style", icon="TRASH")


def _draw_image_entry(menu: Menu, context: Context) -> None:
    menu.layout.separator()
    menu.layout.operator("maniera.stylize_image")


def _draw_render_entries(menu: Menu, context: Context) -> None:
    menu.layout.separator()
    menu.layout.operator("maniera.stylize_render")
    menu.layout.operator("maniera.stylize_animation")


def _draw_object_entries(menu: Menu, context: Context) -> None:
    menu.layout.separator()
    menu.layout.operator("maniera.stylize_textures")
    menu.layout.operator("maniera.stylize_object")


def register() -> None:
    bpy.utils.register_class(MANIERA_MT_library)
    bpy.types.VIEW3D_MT_object.append(_draw_object_entries)
    bpy.types.IMAGE_MT_image.append(_draw_image_entry)
    bpy.types.TOPBAR_MT_render.append(_draw_render_entries)


def unregister() -> None:
    bpy.types.VIEW3D_MT_object.remove(_draw_object_entries)
    bpy.types.TOPBAR_MT_render.remove(_draw_render_entries)
    bpy.types.IMAGE_MT_image.remove(_draw_image_entry)
    bpy.utils.unregister_class(MANIERA_MT_library)
